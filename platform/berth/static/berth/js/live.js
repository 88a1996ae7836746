// Glue for live pages (htmx SSE): shows whether the page is live, and refreshes after every gap.
//   <section data-live hx-ext="sse" sse-connect="…">  becomes data-live-state="live" or "waiting"
//   <… data-live-lamp="live" hidden> / <… data-live-lamp="waiting" hidden>  are shown accordingly
//   hx-trigger="sse:changed, live:refresh from:body, every 20s"  fetches again when the stream or the phone was away
"use strict";

(() => {
  const AWAY = 15000; // ms hidden after which a phone may have dropped the stream without telling
  let hiddenAt = 0;

  const refresh = () => document.body.dispatchEvent(new CustomEvent("live:refresh", { bubbles: true }));

  function show(region, state) {
    region.dataset.liveState = state;
    for (const lamp of region.querySelectorAll("[data-live-lamp]")) {
      lamp.hidden = lamp.dataset.liveLamp !== state;
    }
  }

  document.addEventListener("htmx:sseOpen", (event) => {
    const region = event.target.closest("[data-live]");
    if (!region) return;
    const wasWaiting = region.dataset.liveState === "waiting";
    show(region, "live");
    if (wasWaiting) refresh(); // what happened in the gap
  });

  document.addEventListener("htmx:sseError", (event) => {
    const region = event.target.closest("[data-live]");
    if (region) show(region, "waiting");
  });

  // A swap inside a live region brings lamps that do not know the state yet.
  document.addEventListener("htmx:afterSwap", (event) => {
    const region = event.target.closest("[data-live]");
    if (region && region.dataset.liveState) show(region, region.dataset.liveState);
  });

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (hiddenAt && Date.now() - hiddenAt > AWAY) refresh();
  });
  window.addEventListener("online", refresh);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) refresh();
  });
})();
