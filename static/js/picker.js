// The grid of stamps, opened at the post; without a script it is a page of its own.
import { fetchPart } from "./ask.js";
import { composing } from "./ime.js";
import { notice } from "./notice.js";
import { nodesOf } from "./place.js";
import { articleOf, closePop, isOpenAt, openPop } from "./pop.js";
import { rove } from "./roving.js";
import { markStamps } from "./viewer-marks.js";

const TRIGGER = "[data-picker]";
const STAMP = "button[data-stamp]";

async function openPicker(link) {
  const article = articleOf(link);
  const articleId = article.id;
  if (isOpenAt(link, TRIGGER)) return closePop({ focus: true });
  const answer = await fetchPart(link.getAttribute("href"));
  const grid = answer.ok && nodesOf(answer.text).body.firstElementChild;
  const shown = document.getElementById(articleId);
  if (!grid || !shown) return notice(shown, answer.ok ? "" : answer.error);
  const panel = document.importNode(grid, true);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", "スタンプを選ぶ");
  markStamps(panel, shown.dataset.post);
  openPop(shown.querySelector(TRIGGER) || shown, TRIGGER, panel);
  panel.querySelector("[data-close]").addEventListener("click", () => closePop({ focus: true }));
  watchSearch(panel, rove(panel, STAMP));
}

// On a touch screen the field would bring up the keyboard over the stamps.
function watchSearch(panel, refresh) {
  const field = panel.querySelector("input[type=search]");
  const first = () => [...panel.querySelectorAll(STAMP)].find((button) => !button.closest("[hidden]"));
  field.addEventListener("input", () => {
    sieve(panel, field.value);
    refresh();
  });
  field.addEventListener("keydown", (event) => {
    // Enter that ends a composition must not send the form.
    if (event.key !== (composing(event) ? "Enter" : "ArrowDown")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "ArrowDown") first()?.focus();
  });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (field.value.trim()) first()?.click();
  });
  for (const kind of ["focusin", "pointerover"]) panel.addEventListener(kind, (event) => name(panel, event.target));
  if (matchMedia("(hover: hover)").matches) field.focus();
}

function sieve(panel, words) {
  const sought = folded(words).trim();
  for (const button of panel.querySelectorAll(STAMP)) {
    const { name, kana, recent } = button.dataset;
    button.hidden = sought !== "" && (recent !== undefined || !folded(`${name} ${kana}`).includes(sought));
  }
  for (const group of panel.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector(`${STAMP}:not([hidden])`);
  }
  panel.querySelector("[data-none]").hidden = Boolean(panel.querySelector("[data-group]:not([hidden])"));
}

// As the server folds it; the Latin letters of a syllable that is still being typed are left out.
function folded(text) {
  const kana = (sign) => String.fromCharCode(sign.charCodeAt(0) - 0x60);
  const plain = text.normalize("NFKC").replace(/[ァ-ヶ]/g, kana).toLowerCase();
  return plain.replace(/([^\x20-\x7e])[a-z]+$/, "$1");
}

function name(panel, target) {
  const button = target.closest(STAMP);
  if (button) panel.querySelector("[data-picker-name]").textContent = button.dataset.name;
}

export function watchPicker() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(`a${TRIGGER}`);
    if (!link || !articleOf(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPicker(link);
  });
}
