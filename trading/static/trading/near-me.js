// "Near me": fills the hidden coordinates of form[data-near-me] and sends it. Without JavaScript or a position the
// button is not there or says so, and a place can be typed.
"use strict";

(() => {
  function ask(form, button) {
    const label = button.querySelector("span");
    const before = label.textContent;
    label.textContent = button.dataset.busy;
    button.disabled = true;
    const done = (text) => {
      label.textContent = text;
      button.disabled = false;
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(5);
        form.elements.lng.value = coords.longitude.toFixed(5);
        form.elements.q.value = "";
        done(before);
        form.requestSubmit();
      },
      () => done(button.dataset.failed),
      { maximumAge: 60000, timeout: 10000 },
    );
  }

  for (const form of document.querySelectorAll("form[data-near-me]")) {
    const button = form.querySelector("[data-near-me-button]");
    if (!navigator.geolocation || !button) continue;
    button.hidden = false;
    button.addEventListener("click", () => ask(form, button));
    // A typed place wins over an earlier position.
    form.elements.q.addEventListener("input", () => {
      form.elements.lat.value = "";
      form.elements.lng.value = "";
    });
  }
})();
