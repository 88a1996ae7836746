// Keys for Chinese plates under an input[data-plate-input]: the province first, then letters and digits (no I, no O).
// The input stays an ordinary text input; "A" hands back to the device's own keyboard.
"use strict";

(() => {
  const PROVINCES = ["京津沪渝冀豫云辽黑湘", "皖鲁新苏浙赣鄂桂甘晋", "蒙陕吉闽贵粤青藏川宁琼"];
  const CHARACTERS = ["1234567890", "QWERTYUP", "ASDFGHJKL", "ZXCVBNM"];
  const SUFFIXES = "学挂警港澳";
  const LONGEST = 8;
  let count = 0;
  let held = false; // a pointer is down
  window.addEventListener("pointerdown", () => (held = true), { capture: true });
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, () => (held = false), { capture: true });

  function key(text, action, wide) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = wide ? "keys__key keys__key--wide" : "keys__key";
    button.textContent = text;
    button.dataset.key = action || text;
    button.tabIndex = -1; // the field itself has the focus
    return button;
  }

  function row(keys) {
    const element = document.createElement("div");
    element.className = "keys__row";
    element.append(...keys);
    return element;
  }

  function draw(panel, input) {
    const words = input.dataset;
    const first = input.value.length === 0;
    const rows = (first ? PROVINCES : CHARACTERS).map((line) => row([...line].map((c) => key(c))));
    const last = [key(words.plateSystem || "ABC", "system", true)];
    if (!first && input.value.length >= 6) last.push(...[...SUFFIXES].map((c) => key(c)));
    last.push(key("⌫", "delete", true), key(words.plateDone || "OK", "done", true));
    rows.push(row(last));
    panel.replaceChildren(...rows);
  }

  function press(panel, input, action) {
    if (action === "done" || action === "system") {
      input.removeAttribute("inputmode");
      panel.hidden = true;
      input.dataset.plateKeys = action === "system" ? "off" : "";
      if (action === "system") {
        input.blur();
        input.focus();
      }
      return;
    }
    if (action === "delete") input.value = input.value.slice(0, -1);
    else if (input.value.length < LONGEST) input.value += action;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    draw(panel, input);
  }

  function equip(input) {
    if (input.dataset.plateReady) return;
    input.dataset.plateReady = "1";
    const panel = document.createElement("div");
    panel.className = "keys";
    panel.hidden = true;
    panel.id = `plate-keys-${(count += 1)}`;
    panel.setAttribute("role", "group");
    panel.setAttribute("aria-label", input.dataset.plateLabel || input.name);
    input.after(panel);
    input.addEventListener("focus", () => {
      if (input.dataset.plateKeys === "off" || input.readOnly) return;
      input.setAttribute("inputmode", "none");
      draw(panel, input);
      panel.hidden = false;
    });
    input.addEventListener("input", () => {
      if (!panel.hidden) draw(panel, input);
    });
    // pointerdown, so that the field keeps its focus
    panel.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const pressed = event.target.closest("[data-key]");
      if (pressed) press(panel, input, pressed.dataset.key);
    });
    // Hiding moves the page: a tap on a button below must land first (with a mouse the field loses its focus before the
    // button is released, with a finger just before the click).
    const hide = () =>
      setTimeout(() => {
        if (document.activeElement !== input) panel.hidden = true;
      }, 150);
    input.addEventListener("blur", () => {
      if (held) window.addEventListener("pointerup", hide, { once: true, capture: true });
      else hide();
    });
  }

  const start = (root) => root.querySelectorAll("input[data-plate-input]").forEach(equip);
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
})();
