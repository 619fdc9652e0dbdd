// What is typed is kept on the server: a pause, leaving the field and leaving the page keep it. Composing is
// waited for. The server forgets it when the post is published.
import { fetchPage, send } from "./ask.js";
import { inTimeZoneOfJapan, memberId } from "./page.js";
import { nodesOf } from "./place.js";
import { on, say } from "./signals.js";

const PAUSE = 1500;
const LATER = 8000;
const LEFT = "kyoso-left";
const waiting = new Map();
const kept = new WeakMap();
export const draftAddress = ({ channel, root }) => `/drafts/${channel}/${root ? `?root=${root}` : ""}`;
const textOf = (form) => form.elements.text.value;
const titleOf = ({ elements: { question, title } }) => (question?.checked ? title.value : "");
const allOf = (form) => `${titleOf(form)}\n${textOf(form)}`.trim();
const forms = () => [...document.querySelectorAll("form.ky-composer")];

// False when there is nothing new to keep.
function begin(form) {
  clearTimeout(waiting.get(form));
  waiting.delete(form);
  const isNew = (kept.get(form) ?? "") !== allOf(form);
  kept.set(form, allOf(form));
  return isNew;
}

// `how` is that of fetch. FormData, because a body that outlives its page is limited to 64 KB, which the usual
// encoding fills with a third of the text.
async function keep(form, how) {
  if (!begin(form)) return true;
  const { channel, root } = form.dataset;
  const all = allOf(form);
  const body = new FormData();
  body.set("cid", form.elements.cid.value);
  body.set("text", textOf(form));
  body.set("title", titleOf(form));
  const answer = await send(draftAddress({ channel, root }), {}, { body, ...how });
  if (!answer.ok) {
    kept.delete(form);
    soon(form, LATER);
  }
  if (allOf(form) !== all) return answer.ok;
  const at = inTimeZoneOfJapan({ hour: "numeric", minute: "2-digit" }).format(new Date());
  show(form, answer.ok ? all && `下書きに保存 ${at}` : "下書きを保存できません");
  return answer.ok;
}

// The counter needs the same place near the end.
function show(form, text) {
  const state = form.querySelector("[data-state]");
  if (state && !state.dataset.left) state.textContent = text;
}

function soon(form, pause = PAUSE) {
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(keep, pause, form));
}

// Everything that is not kept yet, also of a thread that was just closed; gives whether all of it is now.
export async function keepAll(how) {
  const all = new Set([...waiting.keys(), ...forms()]);
  return (await Promise.all([...all].map((form) => keep(form, how)))).every(Boolean);
}

// What was kept while the page was left may be younger than the page that came: it is looked up once more.
function passOn() {
  const isLate = forms().some((form) => (kept.get(form) ?? "") !== allOf(form));
  keepAll({ keepalive: true });
  try {
    if (isLate) sessionStorage.setItem(LEFT, "1");
  } catch {
    // The draft is kept all the same; the next page may show it only when it is opened again.
  }
}

async function bringBack() {
  try {
    if (!sessionStorage.getItem(LEFT)) return;
    sessionStorage.removeItem(LEFT);
  } catch {
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE));
  const page = nodesOf((await fetchPage(location.href)).text);
  for (const form of forms()) {
    const { text, title } = page.getElementById(form.id)?.elements || {};
    if (allOf(form) || !(text?.value || title?.value)) continue;
    const { stream, root = "" } = form.dataset;
    const fields = title?.value ? { question: "on", title: title.value } : {};
    say("write", { stream, root, text: text.value, fields });
  }
}

function learn() {
  for (const form of forms()) if (!kept.has(form)) kept.set(form, allOf(form));
}

export function watchDrafts() {
  learn();
  bringBack();
  const hear = (name, act) => document.addEventListener(name, (event) => {
    const form = event.target.closest?.("form.ky-composer");
    if (form && /^(text|title|question)$/.test(event.target.name)) act(form, event);
  });
  hear("input", (form, event) => event.isComposing || soon(form));
  hear("compositionend", (form) => soon(form));
  hear("focusout", (form) => waiting.has(form) && keep(form));
  on("publish", () => {
    for (const form of forms()) if (!allOf(form)) {
      // The server forgets the draft with the arrival of the post.
      begin(form);
      show(form, "");
    }
  });
  // The arrival may have taken a newer draft of the same place with it.
  on("echo", ({ author }) => {
    for (const form of forms()) if (author === memberId() && allOf(form)) {
      kept.delete(form);
      soon(form);
    }
  });
  on("thread", () => {
    learn();
    keepAll();
  });
  const pass = () => keepAll({ keepalive: true });
  document.addEventListener("visibilitychange", () => document.hidden && pass());
  // The first comes before the next page is asked for.
  window.addEventListener("beforeunload", passOn);
  window.addEventListener("pagehide", pass);
  on("live", ({ state }) => state === "LIVE" && keepAll());
  document.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-live-reload]")) return;
    event.preventDefault();
    if (await keepAll()) location.reload();
  });
  // A form that leaves with its text (for a moment, or to the drafts) takes it there.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form.ky-composer") && !event.defaultPrevented) begin(event.target);
  });
}
