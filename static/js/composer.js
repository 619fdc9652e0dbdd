// The field for writing: keys, height, the button that fills when there is something to send, how much fits.
import { newCid } from "./cid.js";
import { clearError, describe, showError } from "./field-error.js";
import { composing } from "./ime.js";
import { on, say } from "./signals.js";

const EMPTY = "本文を入力してください。";
const UPLOADING = "ファイルを送っています。終わってから送信してください。";
const TALLEST = 12;
const LIMIT = 10000;
const NEAR = 1000;
const NOT_OURS = new Set(["csrfmiddlewaretoken", "next", "cid", "text", "publish_on", "publish_time", "upload"]);
const composers = () => document.querySelectorAll("form.ky-composer");
const fieldOf = (form) => form.elements.text;
const hasFile = (form) => form.elements.file !== undefined;

const enterSends = () => document.body.dataset.enterSends !== undefined;
let counting = 0;

function rule() {
  if (enterSends()) return "Enterで送信、Shift＋Enterで改行";
  return `Enterで改行、${/Mac|iPhone|iPad/.test(navigator.platform) ? "⌘" : "Ctrl"}＋Enterで送信`;
}

function prepare(form) {
  const field = fieldOf(form);
  // Our own sentence beside the field replaces the browser's bubble, as it does for every other error.
  form.noValidate = true;
  form.elements.cid.value = newCid();
  const hint = form.querySelector("[data-send-hint]");
  if (hint) {
    hint.textContent = rule();
    if (hint.id) describe(field, (ids) => [...ids, hint.id]);
  }
  fit(form);
}

function fit(form) {
  const field = fieldOf(form);
  const button = form.querySelector('button[type="submit"]:not([formaction])');
  if (button) button.dataset.kind = field.value.trim() || hasFile(form) ? "fill" : "outline";
  if (globalThis.CSS?.supports("field-sizing", "content")) return;
  field.rows = 1;
  while (field.rows < TALLEST && field.scrollHeight > field.clientHeight) field.rows += 1;
}

function publish(form) {
  const field = fieldOf(form);
  const text = field.value;
  const isOnTheWay = form.querySelector("[data-uploading]");
  if (isOnTheWay || !(text.trim() || hasFile(form))) {
    showError(field, isOnTheWay ? UPLOADING : EMPTY);
    return field.focus();
  }
  clearError(field);
  const fields = [...new FormData(form)].filter(([name]) => !NOT_OURS.has(name));
  const { stream, channel, root = "" } = form.dataset;
  const entry = { cid: form.elements.cid.value, url: form.getAttribute("action"), stream, channel, root, text, fields };
  form.elements.cid.value = newCid();
  say("files-sent", form);
  empty(form);
  field.focus();
  say("publish", entry);
}

function write(form, text) {
  fieldOf(form).value = text;
  fit(form);
  count(form);
}

// Signs as the server counts them, said when the end is near, and never while a word is being composed.
function count(form) {
  const left = LIMIT - [...fieldOf(form).value.trimEnd()].length;
  const state = form.querySelector("[data-state]");
  clearTimeout(counting);
  if (left > NEAR && !state.dataset.left) return;
  state.dataset.left = left > NEAR ? "" : left;
  state.textContent = left > NEAR ? "" : left < 0 ? `${-left}文字多すぎます` : `あと${left}文字`;
  if (state.textContent) counting = setTimeout(say, 1000, "tell", `${state.textContent}。`);
}

function empty(form) {
  const { question, title, in_channel: shown } = form.elements;
  for (const choice of [question, shown]) if (choice) choice.checked = false;
  if (title) title.value = "";
  write(form, "");
}

// What goes with a text: whether it is a question, and whether a reply stands in the channel as well. It joins
// what was chosen since.
function choose({ elements: { question, title, in_channel: shown } }, pairs) {
  const had = new Map(Array.isArray(pairs) ? pairs : Object.entries(pairs || {}));
  if (question) question.checked ||= had.has("question");
  if (title) title.value = [...new Set([had.get("title"), title.value])].filter(Boolean).join(" ");
  if (shown) shown.checked ||= had.has("in_channel");
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
  choose(form, entry.fields);
  say("files-back", { form, fields: entry.fields });
  fieldOf(form).dispatchEvent(new Event("input", { bubbles: true }));
  if (error) showError(fieldOf(form), error);
  fieldOf(form).focus();
}

// A text on its way that the page, from the draft, also put into the field.
export function setAside(entry) {
  const form = formOf(entry);
  const field = form && fieldOf(form);
  if (field && field.value === entry.text && field.defaultValue.trimEnd() === entry.text.trimEnd()) empty(form);
}

// Enter in the fields beside the text would press the first button of the form.
function pressEnterBeside(event) {
  if (event.key !== "Enter" || composing(event) || !event.target.matches("input")) return;
  event.preventDefault();
  event.target.closest(".ky-later")?.querySelector("[data-later]")?.click();
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
    if (!event.target.matches("form.ky-composer") || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    publish(event.target);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (!form) return;
    fit(form);
    if (event.isComposing) return;
    count(form);
    if (fieldOf(form).getAttribute("aria-invalid")) clearError(fieldOf(form));
  });
  document.addEventListener("compositionend", (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (form) count(form);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (!form) return;
    if (event.target !== fieldOf(form)) return pressEnterBeside(event);
    if (composing(event) || event.repeat || event.key !== "Enter") return;
    const sends = event.ctrlKey || event.metaKey || (enterSends() && !event.shiftKey && !event.altKey);
    if (!sends) return;
    event.preventDefault();
    publish(form);
  });
}
