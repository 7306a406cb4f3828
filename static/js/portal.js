/* Small help for every page. The pages work without it. */
"use strict";

(() => {
  const CLOSED_BY_ESCAPE = "details.menu[open]";

  function ready(root) {
    // After a refused form: the sentence that says why comes first, also for those who hear the page.
    const first = root.querySelector("[data-focus]");
    if (first) first.focus();
    for (const button of root.querySelectorAll("[data-copy], [data-print]")) button.hidden = false;
  }

  async function copy(button) {
    const source = document.querySelector(button.dataset.copy);
    const answer = document.querySelector("[data-copied]");
    const what = button.dataset.what || "Koden";
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      answer.textContent = `${what} er kopieret.`;
    } catch {
      window.getSelection().selectAllChildren(source); // no clipboard here: mark it, ready for Ctrl+C
      answer.textContent = `${what} er markeret. Kopiér den nu.`;
    }
  }

  document.addEventListener("click", (event) => {
    const copyButton = event.target.closest("[data-copy]");
    if (copyButton) copy(copyButton);
    if (event.target.closest("[data-print]")) window.print();
    for (const menu of document.querySelectorAll(CLOSED_BY_ESCAPE)) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll(CLOSED_BY_ESCAPE)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A second press on the same button sends nothing twice. (The report page has its own rule.)
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.matches("[data-report]")) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "1";
    window.setTimeout(() => delete form.dataset.sending, 5000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sending]")) delete form.dataset.sending;
  });

  // Words not sent yet: the browser asks before it lets them go. (The report page keeps a draft instead.)
  window.addEventListener("beforeunload", (event) => {
    const texts = [...document.querySelectorAll("textarea")].filter((text) => text.form?.matches('[method="post"]:not([data-report])'));
    if (texts.some((text) => text.value !== text.defaultValue && !text.form.dataset.sending)) event.preventDefault();
  });

  window.portal = { ready };
  ready(document);
})();
