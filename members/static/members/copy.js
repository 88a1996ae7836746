// Buttons with data-copy put their text on the clipboard and say so. One listener, so that refreshed lists work too.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  copy(button.dataset.copy).then(() => {
    const text = button.querySelector("[data-copy-text]");
    if (text) text.textContent = text.dataset.copied;
  });
});

// The clipboard API exists only on https and localhost; the demo is also opened by address from a phone.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
