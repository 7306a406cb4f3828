/* Writing a text: marks by buttons, a preview as one types, and a draft kept on the server. The page works without. */
"use strict";

(() => {
  const form = document.querySelector("[data-editor-form]");
  if (!form) return;
  const text = form.querySelector("[data-editor]");
  const saved = form.querySelector("[data-editor-saved]");
  const preview = form.querySelector("[data-editor-preview]");
  const tools = form.querySelector("[data-editor-tools]");
  const KEEP_AFTER = 2000; // ms without a key
  const DRAW_AFTER = 500;

  function send(address) {
    const body = new FormData();
    for (const name of ["csrfmiddlewaretoken", "revision", "text"]) body.append(name, form.elements[name].value);
    return fetch(address, { method: "POST", body });
  }

  async function keep() {
    try {
      const answer = await send(form.dataset.keep);
      saved.textContent = answer.ok
        ? (await answer.json()).sentence
        : "Kladden kunne ikke gemmes. Gem teksten, eller kopiér den, før du går fra siden.";
    } catch {
      saved.textContent = "Ingen forbindelse. Din tekst er kun på denne side lige nu.";
    }
  }

  async function draw() {
    const answer = await send(form.dataset.preview).catch(() => null);
    if (answer && answer.ok) preview.innerHTML = await answer.text();
  }

  function later(action, wait) {
    let timer;
    const start = () => {
      clearTimeout(timer);
      timer = setTimeout(action, wait);
    };
    start.cancel = () => clearTimeout(timer);
    return start;
  }

  let kept = Promise.resolve(); // one after the other, so that the last words typed are the last kept
  const keepLater = later(() => (kept = kept.then(keep)), KEEP_AFTER);
  const drawLater = later(draw, DRAW_AFTER);
  form.addEventListener("submit", () => keepLater.cancel()); // a saved text leaves no draft behind
  text.addEventListener("input", () => {
    keepLater();
    drawLater();
  });

  function replace(start, end, words, from, to) {
    text.focus();
    text.setSelectionRange(start, end);
    // The old command keeps the browser's own undo working; where it is gone, the text is set.
    if (!document.execCommand("insertText", false, words)) text.setRangeText(words, start, end);
    text.setSelectionRange(from, to);
    text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function around(mark) {
    const { selectionStart: start, selectionEnd: end } = text;
    const words = text.value.slice(start, end) || "tekst";
    replace(start, end, mark + words + mark, start + mark.length, start + mark.length + words.length);
  }

  function line(mark) {
    const start = text.value.lastIndexOf("\n", text.selectionStart - 1) + 1;
    const stop = text.value.indexOf("\n", text.selectionEnd);
    const end = stop < 0 ? text.value.length : stop;
    const lines = text.value.slice(start, end).split("\n").map((one) => mark + one.replace(/^(#+ |- )/, ""));
    const words = lines.join("\n");
    replace(start, end, words, start + words.length, start + words.length);
  }

  function link() {
    const { selectionStart: start, selectionEnd: end } = text;
    const words = text.value.slice(start, end) || "tekst";
    const before = `[${words}](`;
    replace(start, end, `${before}https://)`, start + before.length, start + before.length + 8);
  }

  tools.hidden = false;
  const buttons = [...tools.querySelectorAll("button")];
  buttons.forEach((button, index) => (button.tabIndex = index ? -1 : 0));
  tools.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    buttons.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.around) around(button.dataset.around);
    else if (button.dataset.line) line(button.dataset.line);
    else link();
  });
  text.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "b") around("**");
    else if (event.key === "i") around("*");
    else if (event.key === "s") form.requestSubmit();
    else return;
    event.preventDefault();
  });
})();
