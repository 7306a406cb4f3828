/* The report page: keeps a draft in this browser, points out CPR numbers while one types, and sends without losing
   anything when the connection fails. Without it the form is an ordinary form. */
"use strict";

(() => {
  const DRAFT_LIFE = 24 * 60 * 60 * 1000; // milliseconds
  const SEND_LIMIT = 5 * 60 * 1000; // milliseconds
  const MAX_FILE_BYTES = 25 * 1024 * 1024; // UPLOAD_MAX_BYTES in the settings
  const NOT_IN_DRAFT = new Set(["csrfmiddlewaretoken", "token", "website", "cpr_choice", "kept_files", "drop_file", "is_human", "was_signed_in"]);
  const WHO = new Set(["unit", "unit_choice", "unit_unknown", "leader_choice", "is_anonymous"]);
  const CPR = /\b(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(\d{2})([- ]?)\d{4}\b/g;
  const SENT_KEY = "brud-kladde-sendt-fra";
  const NO_CONNECTION = "Ingen forbindelse. Din tekst er gemt her. Prøv igen.";

  const clock = (at) => `kl. ${new Date(at).toLocaleTimeString("da-DK", { hour: "2-digit", minute: "2-digit" }).replace(":", ".")}`;

  // The browser may refuse storage (private window, full disk): the page goes on without a draft.
  const drafts = {
    read(key) {
      try {
        const draft = JSON.parse(localStorage.getItem(key));
        if (draft && Date.now() - draft.at < DRAFT_LIFE) return draft;
        localStorage.removeItem(key);
      } catch { /* no storage, or not ours */ }
      return null;
    },
    write(key, draft) {
      try {
        localStorage.setItem(key, JSON.stringify(draft));
        return true;
      } catch {
        return false;
      }
    },
    remove(key) {
      try {
        localStorage.removeItem(key);
      } catch { /* no storage */ }
    },
  };

  function size(bytes) {
    return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} MB`;
  }

  function start() {
    const receipt = document.querySelector("[data-clear-draft]");
    if (receipt) {
      try {
        for (const key of (sessionStorage.getItem(SENT_KEY) || "").split(" ")) drafts.remove(key);
        sessionStorage.removeItem(SENT_KEY);
      } catch { /* no storage */ }
    }
    const form = document.querySelector("[data-report]");
    if (form) prepare(form);
  }

  function prepare(form) {
    const key = form.dataset.draftKey;
    const description = form.elements.description;
    const pick = (id) => document.getElementById(id);
    let sending = false;
    let timer = 0;
    let restoring = false;

    // ── Draft ──
    function fields() {
      const values = {};
      for (const [name, value] of new FormData(form)) {
        if (NOT_IN_DRAFT.has(name) || typeof value !== "string") continue;
        values[name] = value;
      }
      return values;
    }
    const untouched = JSON.stringify(fields());
    function save() {
      window.clearTimeout(timer);
      const values = fields();
      if (JSON.stringify(values) === untouched && !drafts.read(key)) return;
      const at = Date.now();
      pick("saved").textContent = drafts.write(key, { at, values })
        ? `Gemt ${clock(at)} på din telefon eller computer`
        : "Kladden kan ikke gemmes i denne browser. Bliv på siden, til du har sendt.";
    }
    function restore(draft) {
      restoring = true;
      for (const control of form.elements) {
        if (!control.name || NOT_IN_DRAFT.has(control.name) || control.type === "file" || control.tagName === "BUTTON") continue;
        if (control.type === "radio") control.checked = draft.values[control.name] === control.value;
        else if (control.type === "checkbox") control.checked = control.name in draft.values;
        else if (control.name in draft.values) control.value = draft.values[control.name];
        if (control.value && control.type !== "radio" && control.name.endsWith("_text")) {
          const fold = control.closest("details");
          if (fold) fold.open = true;
        }
      }
      restoring = false;
      checkCpr();
      askForName();
      if (form.elements.unit_search?.value && window.htmx) {
        chosenBefore = draft.values;
        window.htmx.trigger("#id_unit_search", "search");
      } else tellWho();
    }
    function say(sentence, button) {
      for (const other of [pick("draft-delete"), pick("draft-undo")]) other.hidden = other !== button;
      pick("draft-sentence").textContent = sentence;
      pick("draft-notice").hidden = false;
    }
    let deleted = null; // to be had back until something new is written or the page is left
    pick("draft-delete").addEventListener("click", () => {
      window.clearTimeout(timer);
      timer = 0; // leaving the page saves nothing
      deleted = { at: Date.now(), values: fields(), files: chosen };
      drafts.remove(key);
      form.reset();
      pick("unit-matches")?.replaceChildren();
      setFiles([]);
      pick("saved").textContent = "";
      say("Kladden er slettet.", pick("draft-undo"));
      pick("draft-undo").focus();
      tellWho();
      checkCpr();
    });
    pick("draft-undo").addEventListener("click", () => {
      const { files, ...draft } = deleted;
      deleted = null;
      restore(draft);
      setFiles(files);
      drafts.write(key, draft);
      say("Din kladde er her igen.", pick("draft-delete"));
      pick("draft-delete").focus();
    });

    // ── Who will be told ──
    let chosenBefore = {}; // by a draft that is being restored
    const unitChoices = () => [...form.querySelectorAll("#unit-matches input")];
    form.addEventListener("htmx:afterSettle", (event) => {
      if (event.target.id !== "unit-matches") return;
      for (const choice of unitChoices()) choice.checked = chosenBefore[choice.name] === choice.value;
      chosenBefore = {};
      tellWho(); // also when what was chosen is no longer there
    });
    const who = () => JSON.stringify(Object.entries(fields()).filter(([name]) => WHO.has(name)));
    let shownFor = who();
    function tellWho() {
      const box = pick("told-preview");
      if (box && window.htmx && who() !== shownFor) window.htmx.trigger(box, "who-changed");
      shownFor = who();
      askForName();
    }
    function askForName() {
      const own = pick("reporter-fields");
      if (!own || !form.elements.is_anonymous) return;
      own.hidden = form.elements.is_anonymous.checked;
      for (const control of own.querySelectorAll("input")) control.disabled = own.hidden; // a name is not sent along
    }

    // ── CPR numbers ──
    const hint = document.createElement("div");
    hint.className = "cpr-hint tone-due";
    hint.setAttribute("role", "status");
    description.insertAdjacentElement("afterend", hint);
    hint.hidden = true;
    function checkCpr() {
      const found = description.value.search(CPR) >= 0;
      if (found === !hint.hidden) return;
      hint.hidden = !found;
      hint.replaceChildren();
      if (!found) return;
      const sentence = document.createElement("p");
      sentence.textContent = "Det ligner et CPR-nummer. Vi har sjældent brug for det.";
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button button-secondary";
      button.textContent = "Skjul de sidste fire cifre";
      button.addEventListener("click", () => {
        description.value = description.value.replace(CPR, "$1$2$3$4xxxx");
        description.focus();
        checkCpr();
        save();
      });
      hint.append(sentence, button);
    }

    // ── Files: a second choice adds to the first ──
    const input = form.elements.files;
    let chosen = [];
    function showFiles() {
      const list = pick("file-list");
      list.hidden = !chosen.length;
      list.replaceChildren(...chosen.map((file) => {
        const row = document.createElement("li");
        const name = document.createElement("span");
        name.className = "file-name";
        name.textContent = `${file.name} (${size(file.size)})${file.size > MAX_FILE_BYTES ? ". Filen er for stor: højst 25 MB." : ""}`;
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "button button-tertiary";
        remove.textContent = "Fjern";
        remove.setAttribute("aria-label", `Fjern ${file.name}`);
        remove.addEventListener("click", () => {
          setFiles(chosen.filter((other) => other !== file));
          input.focus();
        });
        row.append(name, remove);
        return row;
      }));
    }
    function setFiles(files) {
      chosen = files;
      const bag = new DataTransfer();
      for (const file of chosen) bag.items.add(file);
      input.files = bag.files;
      showFiles();
    }
    if (input) {
      input.addEventListener("change", () => {
        const more = [...input.files].filter((file) => !chosen.some((known) => known.name === file.name && known.size === file.size));
        setFiles([...chosen, ...more]);
      });
      chosen = [...input.files];
      showFiles();
    }

    form.addEventListener("input", () => {
      if (restoring) return;
      if (deleted) {
        deleted = null;
        pick("draft-notice").hidden = true;
      }
      window.clearTimeout(timer);
      timer = window.setTimeout(save, 400);
      checkCpr();
    });
    form.addEventListener("change", (event) => {
      const units = unitChoices();
      if (units.includes(event.target)) for (const other of units) if (other !== event.target) other.checked = false;
      if (WHO.has(event.target.name)) tellWho();
    });
    form.addEventListener("keydown", (event) => {
      // Return in a one-line field must not send a half-written report.
      if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
      event.preventDefault();
      if (event.target.name === "unit_search" && window.htmx) window.htmx.trigger(event.target, "search");
    });
    const leave = () => {
      if (form.isConnected && timer) save();
    };
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", leave);

    // ── Sending ──
    function trouble(sentence) {
      sending = false;
      pick("send").removeAttribute("aria-disabled");
      pick("send").textContent = sentence ? "Prøv igen" : "Send nu";
      pick("send-progress").hidden = true;
      const box = pick("send-trouble");
      box.hidden = !sentence;
      box.querySelector("p").textContent = sentence;
      if (sentence) box.focus();
    }
    function request(method, address, body) {
      return new Promise((resolve, reject) => {
        const call = new XMLHttpRequest(); // fetch cannot tell how far an upload has come
        call.open(method, address);
        call.timeout = SEND_LIMIT;
        call.setRequestHeader("Accept", "text/html");
        call.upload.addEventListener("progress", (event) => {
          if (!event.lengthComputable || !body) return;
          pick("send-progress").hidden = event.total < 100000;
          pick("send-progress").value = (100 * event.loaded) / event.total;
        });
        call.addEventListener("load", () => resolve(call));
        for (const name of ["error", "timeout", "abort"]) call.addEventListener(name, reject);
        call.send(body);
      });
    }
    async function freshToken(refusal) {
      const html = refusal.includes("data-report") ? refusal : (await request("GET", form.action)).responseText;
      const page = new DOMParser().parseFromString(html, "text/html");
      const token = page.querySelector("[name=csrfmiddlewaretoken]");
      if (token) form.elements.csrfmiddlewaretoken.value = token.value;
      return Boolean(token);
    }
    async function send(submitter) {
      const body = () => {
        const data = new FormData(form);
        if (submitter && submitter.name) data.append(submitter.name, submitter.value);
        return data;
      };
      let answer = await request("POST", form.action, body());
      // The page was open so long that its seal ran out: fetch a new one and send once more.
      if (answer.status === 403 && (await freshToken(answer.responseText))) answer = await request("POST", form.action, body());
      const page = new DOMParser().parseFromString(answer.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main || !main.querySelector("[data-report], [data-receipt]")) {
        const said = main && [...main.querySelectorAll("h1, p")].map((part) => part.textContent.trim()).slice(0, 2).join(". ");
        if (answer.status === 413) trouble("Filerne fylder for meget på én gang. Fjern en fil eller to, og prøv igen. Din tekst er her stadig.");
        else if (answer.status === 429) trouble(`${said || "Der er kommet mange meldinger på kort tid"} Din tekst er gemt her.`);
        else trouble("Portalen kunne ikke tage imod lige nu. Din tekst er gemt her. Prøv igen om lidt.");
        return;
      }
      document.title = page.title;
      document.querySelector("main").replaceWith(document.adoptNode(main));
      if (answer.responseURL && main.querySelector("[data-receipt]")) history.replaceState(null, "", answer.responseURL);
      if (window.htmx) window.htmx.process(main);
      start();
      window.scrollTo(0, 0);
      const focus = main.querySelector("[data-focus]") || main.querySelector("h1");
      window.portal.ready(main);
      focus.focus();
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (sending) return;
      save();
      try {
        const before = sessionStorage.getItem(SENT_KEY) || ""; // signed out while writing: two drafts, one report
        if (!before.split(" ").includes(key)) sessionStorage.setItem(SENT_KEY, `${before} ${key}`.trim());
      } catch { /* no storage */ }
      trouble("");
      sending = true;
      pick("send").setAttribute("aria-disabled", "true");
      pick("send").textContent = "Sender …";
      try {
        await send(event.submitter);
      } catch {
        trouble(NO_CONNECTION);
      }
    });

    const draft = drafts.read(key);
    if (draft && !("bound" in form.dataset)) {
      restore(draft);
      say(`Din kladde fra ${clock(draft.at)} er hentet. Filer skal vælges igen.`, pick("draft-delete"));
    }
    askForName();
    checkCpr();
  }

  document.addEventListener("DOMContentLoaded", start); // htmx listens first, so it can be asked from here
})();
