// The field for writing: keys, height, the button that fills when there is something to send.
import { newCid } from "./cid.js";
import { clearError, describe, showError } from "./field-error.js";
import { composing } from "./ime.js";
import { on, say } from "./signals.js";

const EMPTY = "本文を入力してください。";
const TALLEST = 12;
const NOT_OURS = new Set(["csrfmiddlewaretoken", "next", "cid", "text"]);
const composers = () => document.querySelectorAll("form.ky-composer");
const fieldOf = (form) => form.elements.text;

function isMac() {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}

function prepare(form) {
  const field = fieldOf(form);
  // Our own sentence beside the field replaces the browser's bubble, as it does for every other error.
  form.noValidate = true;
  form.elements.cid.value = newCid();
  const hint = form.querySelector("[data-send-hint]");
  if (hint) {
    hint.textContent = `Enterで改行、${isMac() ? "⌘" : "Ctrl"}＋Enterで送信`;
    if (hint.id) describe(field, (ids) => [...ids, hint.id]);
  }
  fit(form);
}

function fit(form) {
  const field = fieldOf(form);
  const button = form.querySelector('button[type="submit"]');
  if (button) button.dataset.kind = field.value.trim() ? "fill" : "outline";
  if (globalThis.CSS?.supports("field-sizing", "content")) return;
  field.rows = 1;
  while (field.rows < TALLEST && field.scrollHeight > field.clientHeight) field.rows += 1;
}

function publish(form) {
  const field = fieldOf(form);
  const text = field.value;
  if (!text.trim()) {
    showError(field, EMPTY);
    return field.focus();
  }
  clearError(field);
  const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => !NOT_OURS.has(name)));
  const { stream, root = "" } = form.dataset;
  const entry = { cid: form.elements.cid.value, url: form.getAttribute("action"), stream, root, text, fields };
  form.elements.cid.value = newCid();
  write(form, "");
  choose(form, {});
  field.focus();
  say("publish", entry);
}

function write(form, text) {
  fieldOf(form).value = text;
  fit(form);
}

// What goes with a text: whether it is a question, and whether a reply stands in the channel as well.
function choose(form, fields) {
  const { question, title, in_channel: shown } = form.elements;
  if (question) question.checked = "question" in fields;
  if (title) title.value = fields.title || "";
  if (shown) shown.checked = "in_channel" in fields;
}

function formOf({ stream, root }) {
  return [...composers()].find((one) => one.dataset.stream === stream && (one.dataset.root || "") === root);
}

export function hasFieldFor(entry) {
  return Boolean(formOf(entry));
}

// A text that comes back never overwrites what has been typed since.
export function takeBack(entry, error = "") {
  const form = formOf(entry);
  const typed = fieldOf(form).value;
  write(form, typed.trim() ? `${entry.text}\n\n${typed}` : entry.text);
  choose(form, entry.fields || {});
  if (error) showError(fieldOf(form), error);
  fieldOf(form).focus();
}

// Folding moves everything above. It waits until the press that took the focus away has become a click, or
// the click would miss what it was meant for.
function watchFolding() {
  let isDown = false;
  const fold = () => {
    for (const form of composers()) form.toggleAttribute("data-active", form.contains(document.activeElement));
  };
  const release = () => {
    isDown = false;
    setTimeout(fold);
  };
  document.addEventListener("pointerdown", () => (isDown = true));
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, release);
  document.addEventListener("focusin", () => isDown || fold());
}

export function watchComposers() {
  watchFolding();
  for (const form of composers()) prepare(form);
  on("write", (entry) => hasFieldFor(entry) && takeBack(entry));
  on("thread", () => {
    const form = document.querySelector("#thread form.ky-composer");
    if (form) prepare(form);
  });
  // The second half of a double click would find an empty field: the first has sent already.
  document.addEventListener("click", (event) => {
    if (event.detail > 1 && event.target.closest('form.ky-composer button[type="submit"]')) event.preventDefault();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.ky-composer")) return;
    event.preventDefault();
    publish(event.target);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (!form) return;
    fit(form);
    if (fieldOf(form).getAttribute("aria-invalid") && !event.isComposing) clearError(fieldOf(form));
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (!form || event.target !== fieldOf(form) || composing(event)) return;
    if (event.repeat || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    publish(form);
  });
}
