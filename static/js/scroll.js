// The bar 「新着N件」: waits until it is pressed, and counts what came below the reader's place.
import { make, memberId, thread, timeline } from "./page.js";
import { on } from "./signals.js";
import { atEnd, scrollerOf, toEnd } from "./steady.js";

const waiting = new WeakMap();

function barOf(home) {
  const column = home.closest("main, aside") || document.body;
  const found = column.querySelector("[data-newbar]");
  if (found) return found;
  const bar = make("button", { class: "ky-newbar", type: "button", "data-newbar": true, hidden: true });
  (column.querySelector(".ky-composer") || column).append(bar);
  return bar;
}

function count(home, number) {
  waiting.set(home, number);
  const bar = barOf(home);
  bar.hidden = number === 0;
  bar.textContent = number === 0 ? "" : `新着${number}件`;
}

function arrived({ home, article, live }) {
  if (!live || article.dataset.author === memberId()) return;
  if (home.dataset.newest === "0" || !atEnd(home)) count(home, (waiting.get(home) || 0) + 1);
}

function goThere(bar) {
  const home = (bar.closest("main, aside") || document).querySelector("#timeline, #thread-posts");
  if (!home) return;
  if (home.dataset.newest === "0") return location.assign(location.pathname);
  const first = unseen(home);
  count(home, 0);
  toEnd(home);
  first?.querySelector("a[href]")?.focus({ preventScroll: true });
}

function unseen(home) {
  const posts = home.querySelectorAll(":scope > article[data-post]");
  return posts[posts.length - (waiting.get(home) || 1)];
}

export function watchScroll() {
  on("placed", arrived);
  on("waiting", ({ home, article }) => arrived({ home, article, live: true }));
  document.addEventListener("click", (event) => {
    const bar = event.target.closest("[data-newbar]");
    if (bar) goThere(bar);
  });
  // Scroll events do not bubble, hence the capture.
  document.addEventListener("scroll", () => settle(), { capture: true, passive: true });
}

function settle() {
  for (const home of [timeline(), thread()]) {
    if (home && waiting.get(home) && home.dataset.newest !== "0" && atEnd(home)) count(home, 0);
  }
}

export function openAtPlace() {
  const home = timeline();
  if (location.hash) return pointAt(document.getElementById(decodeURIComponent(location.hash.slice(1))));
  if (!home || home.dataset.newest === "0") return;
  const line = home.querySelector(".ky-new");
  const scroller = scrollerOf(home);
  if (!line) return toEnd(home);
  const above = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
  scroller.scrollTop += above - 80;
}

// The post an address names is lit up, and reading and tabbing go on from there.
export function pointAt(place) {
  if (!place?.matches("article[data-post], .ky-new")) return;
  for (const lit of document.querySelectorAll("[data-target]")) delete lit.dataset.target;
  place.dataset.target = "";
  place.tabIndex = -1;
  place.scrollIntoView({ block: "center" });
  place.focus({ preventScroll: true });
}
