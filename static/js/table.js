/* Small help for lists (kit/_table.html). They work without it. */
"use strict";

(() => {
  // The way back from a case leads to its row.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-list] tbody a");
    const row = link && link.closest("tr[id]");
    if (row) history.replaceState(history.state, "", `#${row.id}`);
  });

  // A session that has ended answers with the sign-in page: it takes the whole window, not the place of the list.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr, pathInfo } = event.detail;
    if (!target.matches("[data-list]") || xhr.getResponseHeader("HX-Push-Url")) return;
    event.detail.shouldSwap = false;
    window.location.assign(pathInfo.finalRequestPath);
  });

  // Choosing rows.
  const boxes = () => [...document.querySelectorAll('[data-list] input[name="valgt"]')];

  function tell() {
    const answer = document.querySelector("[data-chosen-count]");
    if (!answer) return;
    const number = boxes().filter((box) => box.checked).length;
    answer.textContent = number ? `${number} valgt` : "Ingen valgt";
    const all = document.querySelector("[data-choose-all]");
    all.hidden = false;
    all.textContent = number && number === boxes().length ? "Fravælg alle" : "Vælg alle på siden";
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches('input[name="valgt"]')) tell();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-choose-all]")) return;
    const choose = boxes().some((box) => !box.checked);
    for (const box of boxes()) box.checked = choose;
    tell();
  });
  document.addEventListener("htmx:afterSettle", tell);
  tell();
})();
