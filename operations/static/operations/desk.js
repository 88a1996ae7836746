// A call that nobody took shows in the tab's title and sounds, once per call and again every ten seconds.
"use strict";

(() => {
  const AGAIN = 10000; // ms
  const title = document.title;
  const sounded = new Map();
  let audio = null;

  // Browsers let a page sound only after somebody has touched it.
  document.addEventListener("pointerdown", () => (audio ||= new AudioContext()), { once: true });

  function beep() {
    if (!audio) return;
    for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
      const tone = new OscillatorNode(audio, { type: "square", frequency: pitch });
      const gain = new GainNode(audio, { gain: 0.15 });
      tone.connect(gain).connect(audio.destination);
      tone.start(audio.currentTime + at);
      tone.stop(audio.currentTime + at + 0.2);
    }
  }

  function look() {
    const waiting = [...document.querySelectorAll('[data-call-state="raised"]')].map((call) => call.dataset.call);
    document.title = waiting.length ? `(${waiting.length}) ❗ ${title}` : title;
    const due = waiting.filter((call) => Date.now() - (sounded.get(call) || 0) > AGAIN);
    for (const call of due) sounded.set(call, Date.now());
    if (due.length) beep();
  }

  // A list that the viewer unfolded stays so when its part is refreshed.
  const unfolded = new Set();
  document.addEventListener(
    "toggle",
    (event) => {
      const key = event.target.dataset && event.target.dataset.keepOpen;
      if (key) unfolded[event.target.open ? "add" : "delete"](key);
    },
    true,
  );

  document.addEventListener("htmx:afterSwap", () => {
    for (const box of document.querySelectorAll("[data-keep-open]")) box.open = unfolded.has(box.dataset.keepOpen);
    look();
  });
  look();
})();
