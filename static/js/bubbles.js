// Posts that are still on their way, below the others. Built from text alone: what was typed is never markup.
import { loginAddress } from "./ask.js";
import { make, thread, timeline } from "./page.js";
import { steady, toEnd } from "./steady.js";

const WORDS = { queued: "送信待ち", sending: "送信中" };
const KEPT = "送れませんでした。文章は残っています。";
const LATER = "つながりしだい、もう一度送ります。";
const AFTER_LOGIN = "ログインし直すと送ります。";

function homeOf(entry) {
  if (!entry.root) return timeline()?.dataset.stream === entry.stream ? timeline() : null;
  return thread()?.dataset.threadOf === entry.root ? thread() : null;
}

function listAfter(home) {
  const found = home.nextElementSibling;
  if (found?.matches("[data-pending]")) return found;
  const list = make("div", { class: "ky-pending", "data-pending": true });
  home.after(list);
  return list;
}

function textOf(entry) {
  const text = make("p");
  const files = (Array.isArray(entry.fields) ? entry.fields : []).filter(([name]) => name === "file_label");
  const lines = [...entry.text.split("\n"), ...files.map(([, label]) => label.slice(37))];
  lines.forEach((line, at) => text.append(...(at ? [make("br"), line] : [line])));
  return make("div", { class: "ky-text" }, text);
}

function button(label, kind, act, cid) {
  const attributes = { class: "ky-button", "data-size": "x-small", "data-kind": kind, type: "button" };
  return make("button", { ...attributes, "data-outbox": act, "data-cid": cid }, label);
}

function stateOf(entry) {
  if (entry.state !== "failed") return make("p", { class: "ky-sending" }, make("span", {}, WORDS[entry.state]));
  const isOut = entry.status === 401;
  const sentence = make("span", {}, KEPT + (entry.lasting ? entry.error : isOut ? AFTER_LOGIN : LATER));
  const line = make("div", { class: "ky-sending", role: "alert" }, sentence);
  // In another tab: on a shared terminal the text is in this page alone.
  if (isOut) line.append(make("a", { href: loginAddress(), target: "_blank", rel: "noopener" }, "ログインする"));
  line.append(button("再送", "outline", "retry", entry.cid), button("下書きに戻す", "text", "take-back", entry.cid));
  return line;
}

function bubble(entry) {
  const name = document.querySelector(".ky-me__name")?.textContent || "自分の投稿";
  const face = document.querySelector(".ky-me .ky-avatar")?.cloneNode(true) || make("span");
  face.removeAttribute("data-size");
  const head = make("h3", { class: "ky-post__head" }, make("span", { class: "ky-post__name" }, name));
  const main = make("div", { class: "ky-post__main" }, head, textOf(entry), stateOf(entry));
  return make("article", { class: "ky-post", "data-state": entry.state, "data-pending-cid": entry.cid }, face, main);
}

// Redrawn one by one and only on a change of state: an alert speaks once, a focused button stays.
export function drawBubbles(entries) {
  const wanted = new Map(entries.map((entry) => [entry.cid, entry]));
  for (const shown of document.querySelectorAll("[data-pending-cid]")) {
    if (!wanted.has(shown.dataset.pendingCid)) shown.remove();
  }
  for (const entry of entries) draw(entry);
}

function draw(entry) {
  const home = homeOf(entry);
  if (!home) return;
  const shown = document.querySelector(`[data-pending-cid="${CSS.escape(entry.cid)}"]`);
  const fresh = bubble(entry);
  if (!shown) {
    listAfter(home).append(fresh);
    toEnd(home);
  } else if (shown.dataset.state !== fresh.dataset.state) {
    steady(home, () => shown.replaceWith(fresh));
  }
}
