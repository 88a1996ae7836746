// The board renews itself as soon as something has happened; a deed in progress (a focused field) is left alone.
(function () {
  "use strict";
  var pause = 500;
  function again(after) { window.setTimeout(ask, after); }
  function ask() {
    var board = document.getElementById("board");
    if (!board) { return; }
    fetch("/board?seen=" + board.dataset.version, { headers: { Accept: "text/html" } })
      .then(function (answer) {
        if (answer.status === 401) { window.location.assign("/"); return null; }
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.text();
      })
      .then(function (html) {
        if (html === null) { return; }
        var fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board");
        if (fresh) { board.replaceWith(document.adoptNode(fresh)); }
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
