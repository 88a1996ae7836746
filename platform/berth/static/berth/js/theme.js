// Theme switch. The server reads the cookie and writes data-theme, so the next page comes in the right colours.
"use strict";

(() => {
  const YEAR = 365 * 24 * 3600;

  function apply(theme) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-value]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeValue === theme));
    }
  }

  for (const group of document.querySelectorAll("[data-theme-switch]")) {
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("[data-theme-value]");
      if (button) apply(button.dataset.themeValue);
    });
  }
})();
