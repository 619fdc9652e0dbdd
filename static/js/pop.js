// A list or grid that opens below (or above) a post. It stands beside the post in the document, not inside:
// a live frame may replace the post at any moment.
import { composing } from "./ime.js";
import { make } from "./page.js";

let open = null;

export function articleOf(node) {
  const article = node.closest("article[data-post]");
  if (article) return article;
  return node.closest("[data-pop]") && open ? document.getElementById(open.articleId) : null;
}

// The trigger may have been replaced with its post since.
function triggerOf({ articleId, selector }) {
  return document.getElementById(articleId)?.querySelector(selector);
}

export function isOpenAt(trigger, selector) {
  return Boolean(open) && open.selector === selector && open.articleId === articleOf(trigger)?.id;
}

export function openPop(trigger, selector, content) {
  const article = articleOf(trigger);
  closePop();
  const pop = make("div", { class: "ky-pop", "data-pop": true }, content);
  const scroller = article.closest(".ky-app__scroll") || document.documentElement;
  const middle = scroller.getBoundingClientRect().top + scroller.clientHeight / 2;
  if (trigger.getBoundingClientRect().top > middle) pop.dataset.side = "up";
  open = { pop, selector, articleId: article.id };
  article.after(pop);
  article.setAttribute("data-open", "");
  trigger.setAttribute("aria-expanded", "true");
  content.scrollIntoView({ block: "nearest" });
  return pop;
}

export function closePop({ focus = false } = {}) {
  if (!open) return;
  const closing = open;
  open = null;
  closing.pop.remove();
  document.getElementById(closing.articleId)?.removeAttribute("data-open");
  const trigger = triggerOf(closing);
  trigger?.removeAttribute("aria-expanded");
  if (focus) trigger?.focus({ preventScroll: true });
}

// The menus that need no script to open close like every other; one that holds an error stays.
function closeMore(event) {
  const key = event.type === "keydown";
  if (key && (event.key !== "Escape" || composing(event))) return;
  for (const more of document.querySelectorAll(".ky-more[open]:not(:has([aria-invalid]))")) {
    const isInside = more.contains(event.target);
    if (isInside !== key) continue;
    more.open = false;
    if (key) more.querySelector("summary").focus();
  }
}

export function watchPops() {
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, closeMore);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || composing(event) || !open) return;
    event.preventDefault();
    closePop({ focus: true });
  });
  document.addEventListener("pointerdown", (event) => {
    if (open && !open.pop.contains(event.target) && !triggerOf(open)?.contains(event.target)) closePop();
  });
  document.addEventListener("focusin", (event) => {
    if (open && !open.pop.contains(event.target) && event.target !== triggerOf(open)) closePop();
  });
}
