// Small behaviours by data attributes; every page works without them.
//   data-dialog-open="id"  opens <dialog id>         data-copy="text"   copies it and says so
//   data-toast-close       removes its toast         data-menu          <details> that closes on Escape or outside
//   data-reload            reloads the page          data-focus         takes the focus when it appears
//   data-print             prints                    data-submit-on-change  submits its form (filters)
"use strict";

(() => {
  const announcer = document.querySelector("[data-announcer]");
  const say = (text) => {
    if (announcer) announcer.textContent = text;
  };

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    const done = button.dataset.copied || "✓";
    const label = button.querySelector("[data-copy-label]") || button;
    const before = label.textContent;
    label.textContent = done;
    say(done);
    setTimeout(() => {
      label.textContent = before;
    }, 2000);
  }

  function openDialog(id) {
    const dialog = document.getElementById(id);
    if (dialog && !dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const opener = target.closest("[data-dialog-open]");
    if (opener) openDialog(opener.dataset.dialogOpen);
    const closer = target.closest("[data-dialog-close]");
    if (closer) closer.closest("dialog").close();
    if (target.matches("dialog[data-dialog]")) target.close(); // the backdrop
    const copier = target.closest("[data-copy]");
    if (copier) copy(copier);
    const toast = target.closest("[data-toast-close]");
    if (toast) toast.closest(".toast").remove();
    if (target.closest("[data-reload]")) location.reload();
    if (target.closest("[data-print]")) window.print();
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("change", (event) => {
    const control = event.target.closest("[data-submit-on-change]");
    if (control) (control.form || control).requestSubmit();
  });

  // Offline: say so, and keep what is on the screen.
  const banner = document.querySelector("[data-offline]");
  const showConnection = () => {
    if (banner) banner.hidden = navigator.onLine;
  };
  window.addEventListener("online", showConnection);
  window.addEventListener("offline", showConnection);
  showConnection();

  // Another language, another worker: its offline page speaks it.
  const worker = document.documentElement.dataset.worker;
  if (worker && navigator.serviceWorker) {
    navigator.serviceWorker.register(`${worker}?${document.documentElement.lang}`).catch(() => {});
  }
  window.addEventListener("online", () => {
    if (document.querySelector("[data-offline-page]")) location.reload();
  });

  function release() {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[data-sent-by]")) {
      button.removeAttribute("aria-busy");
      delete button.dataset.sentBy;
    }
  }

  // A second tap on a submit button sends nothing twice.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method === "dialog" || form.target || event.defaultPrevented) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    if (event.submitter) {
      event.submitter.setAttribute("aria-busy", "true");
      event.submitter.dataset.sentBy = "1";
    }
    setTimeout(release, 8000); // a download leaves the page where it is
  });
  window.addEventListener("pageshow", release);

  // One's own bay in sight on a plan that is wider than the screen.
  function arrive(root) {
    for (const plan of root.querySelectorAll("[data-plan]")) {
      const mine = plan.querySelector("[data-mine]");
      if (!mine || plan.scrollWidth <= plan.clientWidth) continue;
      const box = mine.getBoundingClientRect();
      const frame = plan.getBoundingClientRect();
      plan.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
      plan.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
    }
    const focus = root.querySelector("[data-focus]");
    if (focus) focus.focus();
  }
  arrive(document);
  document.addEventListener("htmx:afterSwap", (event) => arrive(event.target));
  document.addEventListener("htmx:afterRequest", (event) => {
    release();
    if (event.detail.failed && banner && !navigator.onLine) banner.hidden = false;
  });
})();
