// The only function that turns strings into nodes, and the only one that puts posts on the page: what a
// live frame, an answer to a POST and a fetched page carry is placed by id, and only if it is newer.
import { separate } from "./days.js";
import { thread, timeline } from "./page.js";
import { say } from "./signals.js";
import { steady } from "./steady.js";
import { mark } from "./viewer-marks.js";

const COPY = "thread-";
const KEPT = ["hidden", "data-open", "data-editing"];

export function nodesOf(html) {
  return new DOMParser().parseFromString(html, "text/html");
}

export function place(html, { live = false } = {}) {
  for (const article of nodesOf(html).querySelectorAll("article[data-post]")) {
    placePost(document.importNode(article, true), { live });
  }
}

export function placePost(fresh, { live = false } = {}) {
  for (const old of copiesOf(fresh.dataset.post)) {
    if (Number(fresh.dataset.v) > Number(old.dataset.v)) replace(old, fresh.cloneNode(true));
  }
  homesOf(fresh).forEach((home, at) => {
    if (!copiesOf(fresh.dataset.post, home).length) insert(home, fresh.cloneNode(true), { live, again: at > 0 });
  });
  if (fresh.dataset.cid) say("echo", { cid: fresh.dataset.cid, author: fresh.dataset.author });
}

export function removePost(post) {
  for (const article of copiesOf(post)) article.remove();
}

export function copiesOf(post, within = document) {
  return [...within.querySelectorAll(`article[data-post="${CSS.escape(post)}"]`)];
}

function replace(old, fresh) {
  if (old.id.startsWith(COPY)) asCopy(fresh);
  for (const name of KEPT) {
    if (old.hasAttribute(name)) fresh.setAttribute(name, old.getAttribute(name));
  }
  mark(fresh);
  const focused = old.contains(document.activeElement) ? focusKey(document.activeElement) : null;
  steady(old.parentElement, () => old.replaceWith(fresh));
  // A replaced element takes the focus with it; the reader must not notice.
  if (focused) (fresh.querySelector(focused) || firstControl(fresh))?.focus({ preventScroll: true });
}

export function asCopy(article) {
  if (!article.id.startsWith(COPY)) article.id = COPY + article.id;
  return article;
}

function focusKey(node) {
  if (node.dataset.stamp) return `[data-stamp="${CSS.escape(node.dataset.stamp)}"]`;
  const kind = ["data-picker", "data-menu", "data-thread"].find((name) => node.hasAttribute(name));
  if (kind) return `[${kind}]`;
  return node.hasAttribute("href") ? `a[href="${CSS.escape(node.getAttribute("href"))}"]` : "a";
}

function firstControl(article) {
  return article.querySelector("[data-picker], a[href]");
}

// A reply stands in its thread, and in the channel as well when its author wished so.
function homesOf({ dataset: { root, channel, inChannel } }) {
  const [column, pane] = [timeline(), thread()];
  const standsInColumn = (!root || inChannel !== undefined) && column?.dataset.stream === channel;
  const standsInPane = root && pane?.dataset.threadOf === root;
  return [...(standsInColumn ? [column] : []), ...(standsInPane ? [pane] : [])];
}

function insert(home, fresh, { live, again }) {
  if (home !== timeline() && fresh.dataset.inChannel !== undefined) asCopy(fresh);
  const shown = [...home.querySelectorAll(":scope > article[data-post]")];
  const after = shown.find((article) => isBefore(fresh, article));
  // A page of older posts, or a post older than the oldest shown: it belongs to another page.
  if (home.dataset.newest === "0" && !after) return say("waiting", { home, article: fresh });
  if (after && after === shown[0] && hasOlder(home)) return;
  mark(fresh);
  steady(home, () => {
    home.parentElement.querySelector(":scope > [data-empty]")?.remove();
    if (after && after !== shown[0]) endOf(shown[shown.indexOf(after) - 1]).after(fresh);
    else if (after) (home.querySelector(":scope > .ky-day") || after).before(fresh);
    else home.append(fresh);
    if (home === timeline()) separate(fresh);
  });
  say("placed", { home, article: fresh, live, again });
}

function hasOlder(home) {
  return Boolean(home.parentElement.querySelector("[data-older]"));
}

// A form or list that was opened below a post stays with it.
function endOf(article) {
  let node = article;
  while (node.nextElementSibling && !node.nextElementSibling.matches("article, .ky-day, .ky-new")) {
    node = node.nextElementSibling;
  }
  return node;
}

function isBefore(one, other) {
  const difference = parseFloat(one.dataset.at) - parseFloat(other.dataset.at);
  return difference < 0 || (difference === 0 && Number(one.dataset.post) < Number(other.dataset.post));
}
