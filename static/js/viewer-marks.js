// Fragments are the same for everybody; what concerns the reader is put on here.
import { block, memberId } from "./page.js";
import { on } from "./signals.js";

const ALSO = "、あなたも押しています";
const pressed = new Map();
const kept = new Map();
const called = new Set();

export function learn(viewer) {
  for (const one of viewer?.called || []) called.add(one);
  for (const post of viewer?.saved || []) kept.set(String(post), true);
  for (const [post, stamps] of Object.entries(viewer?.reactions || {})) pressed.set(post, new Set(stamps));
}

export function forget(post) {
  pressed.delete(post);
  kept.delete(post);
}

export function learnFromPage() {
  learn(block("viewer"));
}

export function setPressed(post, stamps) {
  pressed.set(String(post), new Set(stamps));
}

export function setOnePressed(post, stamp, isOn) {
  const stamps = pressed.get(String(post)) || new Set();
  if (isOn) stamps.add(stamp);
  else stamps.delete(stamp);
  pressed.set(String(post), stamps);
}

on("deed", ({ post, saved }) => {
  if (saved === undefined) return;
  kept.set(String(post), saved);
  markAll(post);
});

export function isPressed(post, stamp) {
  return pressed.get(String(post))?.has(stamp) || false;
}

export function mark(article) {
  const me = memberId();
  article.toggleAttribute("data-mine", me !== "" && article.dataset.author === me);
  const callsMe = (marks = "") => marks.split(" ").some((one) => called.has(one));
  article.toggleAttribute("data-mentioned", callsMe(article.dataset.mentions));
  for (const one of article.querySelectorAll("[data-mention]")) one.toggleAttribute("data-mine", callsMe(one.dataset.mention));
  article.toggleAttribute("data-kept", kept.get(article.dataset.post) || false);
  markStamps(article, article.dataset.post);
}

export function markStamps(within, post) {
  for (const button of within.querySelectorAll("button[data-stamp]")) {
    const isOn = isPressed(post, button.dataset.stamp);
    const label = (button.getAttribute("aria-label") || "").replace(ALSO, "");
    button.setAttribute("aria-pressed", String(isOn));
    if (label) button.setAttribute("aria-label", isOn ? label + ALSO : label);
  }
}

export function markAll(post = null) {
  const which = post === null ? "article[data-post]" : `article[data-post="${CSS.escape(String(post))}"]`;
  for (const article of document.querySelectorAll(which)) mark(article);
}
