// What is typed is kept on the server: a pause, leaving the field and leaving the page keep it. Composing is
// waited for. The server forgets it when the post is published.
import { csrfToken, send } from "./ask.js";
import { inTimeZoneOfJapan, memberId } from "./page.js";
import { on } from "./signals.js";

const PAUSE = 1500;
const COMPOSER = "form.ky-composer";
const waiting = new Map();
const kept = new WeakMap();
const textOf = (form) => form.elements.text.value;
const forms = () => [...document.querySelectorAll(COMPOSER)];

function addressOf(form) {
  return `/drafts/${form.dataset.channel}/${form.dataset.root ? `?root=${form.dataset.root}` : ""}`;
}

function show(form, text) {
  const state = form.querySelector("[data-state]");
  if (state && !state.textContent.includes("文字")) state.textContent = text;
}

// False when there is nothing new to keep.
function begin(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  if ((kept.get(form) ?? "") === textOf(form)) return false;
  kept.set(form, textOf(form));
  return true;
}

async function keep(form) {
  if (!begin(form)) return;
  const text = textOf(form);
  const answer = await send(addressOf(form), { cid: form.elements.cid.value, text });
  if (!answer.ok) kept.delete(form);
  if (textOf(form) !== text) return;
  const at = inTimeZoneOfJapan({ hour: "numeric", minute: "2-digit" }).format(new Date());
  show(form, answer.ok ? text.trim() && `下書きに保存 ${at}` : "下書きを保存できません");
}

// The page goes: an answer will not be read. FormData, because a body that may outlive its page is limited to
// 64 KB, which the other encoding fills with a third of the text.
function keepInPassing(form) {
  if (!begin(form)) return;
  const body = new FormData();
  body.set("cid", form.elements.cid.value);
  body.set("text", textOf(form));
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken() };
  fetch(addressOf(form), { method: "POST", keepalive: true, headers, body }).catch(() => {});
}

function soon(form) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(keep, PAUSE, form));
}

export function keepAll() {
  return Promise.all([...waiting.keys()].map(keep));
}

function learn() {
  for (const form of forms()) if (!kept.has(form)) kept.set(form, textOf(form));
}

export function watchDrafts() {
  learn();
  const formOf = (event) => event.target.matches?.("textarea") && event.target.closest(COMPOSER);
  document.addEventListener("input", (event) => {
    const form = formOf(event);
    if (form && !event.isComposing) soon(form);
  });
  document.addEventListener("compositionend", (event) => formOf(event) && soon(formOf(event)));
  document.addEventListener("focusout", (event) => {
    const form = formOf(event);
    if (form && waiting.has(form)) keep(form);
  });
  // What was sent is on its way: the server forgets the draft with it.
  on("publish", () => {
    for (const form of forms()) if (!textOf(form)) {
      clearTimeout(waiting.get(form));
      waiting.delete(form);
      kept.set(form, "");
      show(form, "");
    }
  });
  // Its arrival may have taken a newer draft of the same place with it.
  on("echo", ({ author }) => {
    for (const form of forms()) if (author === memberId() && textOf(form).trim()) {
      kept.delete(form);
      soon(form);
    }
  });
  on("thread", () => {
    keepAll();
    learn();
  });
  const pass = () => forms().forEach(keepInPassing);
  window.addEventListener("pagehide", pass);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && pass());
  // A form that leaves the page with its text (a moment, a draft by hand) keeps it there.
  document.addEventListener("submit", (event) => {
    if (event.target.matches(COMPOSER) && !event.defaultPrevented) begin(event.target);
  });
}
