// The board renews itself as soon as something has happened; a deed in progress (a press, a focused field) is left alone.
(function () {
  "use strict";
  var pause = 500;
  var fresh = null; // what is to be shown as soon as nobody is at it
  var pressed = false;
  function board() { return document.getElementById("board"); }
  function at_it() {
    var focused = document.activeElement;
    return pressed || (board().contains(focused) && focused.matches("input, textarea, select"));
  }
  function show() {
    if (!fresh || !board() || at_it()) { return; }
    board().replaceWith(document.adoptNode(fresh));
    fresh = null;
  }
  function soon() { window.setTimeout(show, 0); } // after the click or the new focus that this event leads to
  function press() { pressed = true; }
  function release() { pressed = false; soon(); }
  document.addEventListener("pointerdown", press, true);
  document.addEventListener("pointerup", release, true);
  document.addEventListener("pointercancel", release, true);
  document.addEventListener("focusout", soon, true);
  function again(after) { window.setTimeout(ask, after); }
  function ask() {
    if (!board()) { return; }
    fetch("/board?seen=" + (fresh || board()).dataset.version, { headers: { Accept: "text/html" } })
      .then(function (answer) {
        if (answer.status === 401) { window.location.assign("/"); return null; }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.text();
      })
      .then(function (html) {
        if (html === null) { return; }
        fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board") || fresh;
        show();
        document.body.classList.remove("silent");
        pause = 500;
        again(0);
      })
      .catch(function () {
        document.body.classList.add("silent");
        pause = Math.min(pause * 2, 8000);
        again(pause);
      });
  }
  ask();
})();
