// Comfort only: every page reads and works without this file.
(function () {
  "use strict";

  // Pop-overs close on Escape and on a click elsewhere.
  var open = "details[data-close-outside][open]";
  document.addEventListener("click", function (event) {
    document.querySelectorAll(open).forEach(function (each) {
      if (!each.contains(event.target)) each.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll(open).forEach(function (each) {
      each.open = false;
      each.querySelector("summary").focus();
    });
  });

  // Errors first: focus the summary so that it is read and in sight.
  var wrong = document.querySelector("[data-focus]");
  if (wrong) wrong.focus();

  // Demo accounts: fill in, never submit.
  document.querySelectorAll("[data-fill-username]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var form = document.querySelector("form[data-login]");
      form.elements.username.value = button.dataset.fillUsername;
      form.elements.password.value = button.dataset.fillPassword;
      form.querySelector("[type=submit]").focus();
    });
  });

  // Selects that filter a list submit themselves.
  document.querySelectorAll("select[data-submit]").forEach(function (select) {
    select.addEventListener("change", function () { select.form.submit(); });
  });

  // Progress: ask again, slower while nothing moves, and stop when finished.
  function follow(box) {
    var bar = box.querySelector("progress"), text = box.querySelector("[data-progress-text]"), wait = 1000, last = -1;
    var fallback = box.querySelector("[data-without-script]");
    if (fallback) fallback.hidden = true;
    function again() { setTimeout(ask, wait); }
    function show(state) {
      if (state.total) { bar.max = state.total; bar.value = state.done; }
      if (state.text) text.textContent = state.text;
      wait = state.done === last ? Math.min(wait * 1.5, 10000) : 1000;
      last = state.done;
      if (!state.finished) return again();
      if (state.url) location.assign(state.url);
    }
    function ask() {
      if (document.hidden) return again();
      fetch(box.dataset.poll, { credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (answer) { if (!answer.ok) throw new Error(answer.status); return answer.json(); })
        .then(show)
        .catch(function () { wait = Math.min(wait * 2, 30000); again(); });
    }
    again();
  }
  document.querySelectorAll("[data-poll]").forEach(follow);
})();
