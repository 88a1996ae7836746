// Quick choices of weekdays: weekdays, weekends, every day. Without this file the boxes are ticked one by one.
"use strict";

for (const choices of document.querySelectorAll("[data-quick-days]")) choices.hidden = false;

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-days]");
  if (!button) return;
  for (const box of button.closest("[data-week-row]").querySelectorAll('input[type="checkbox"]')) {
    box.checked = button.dataset.days.includes(box.value);
  }
});
