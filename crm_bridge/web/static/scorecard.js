// The score card by keyboard: 1 to 5 and n answer the question that is marked, j and k go on and back, Enter saves.
"use strict";
(() => {
  const form = document.querySelector("[data-scorecard]"), allowed = document.getElementById("single-keys");
  if (!form) return;
  const questions = [...form.querySelectorAll("[data-question]")], lack = form.querySelector("[data-unanswered]");
  const answered = (question) => question.querySelector("input:checked") !== null;
  let place = Math.max(0, questions.findIndex((question) => !answered(question)));
  function mark(to) {
    place = Math.max(0, Math.min(questions.length - 1, to));
    questions.forEach((question, number) => question.toggleAttribute("data-current", number === place));
    questions[place].scrollIntoView({ block: "nearest" });
  }
  function answer(key) {
    const input = questions[place].querySelector(`input[data-key="${key}"]`);
    if (!input) return false;
    input.checked = true;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    mark(place + 1);
    return true;
  }
  function save() {
    const open = questions.findIndex((question) => !answered(question));
    if (lack) lack.hidden = open < 0;
    if (open >= 0) mark(open); else form.requestSubmit(form.querySelector("button[name=then]"));
  }
  form.addEventListener("click", (event) => {
    const question = event.target.closest("[data-question]");
    if (question) mark(questions.indexOf(question));
    if (event.detail > 0 && event.target.matches("input[type=radio]")) event.target.blur();  // keys go to the card again
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey && form.contains(event.target)) { save(); event.preventDefault(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || !allowed?.checked || document.querySelector("dialog[open]")) return;
    if (event.target.closest("textarea, select, button, a, summary, input:not([type=radio]):not(.seek)")) return;
    const done = event.key === "Enter" ? (save(), true) : event.key === "j" ? (mark(place + 1), true)
      : event.key === "k" ? (mark(place - 1), true) : /^[1-5n]$/.test(event.key) && answer(event.key);
    if (done) event.preventDefault();
  });
  mark(place);
})();
