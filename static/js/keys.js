// Keys for the whole page. Ctrl+K always opens the switcher, in a dialog (without a script it is a page). Single
// letters work only while nothing is being written, and only for those who have not turned them off in their
// settings (WCAG 2.1.4).
import { composing } from "./ime.js";

const dialogs = () => import("./switcher.js");
const opens = (act, address) => () => dialogs().then(act, () => location.assign(address));
const switchPlace = opens((found) => found.switchPlace(), "/switch/");
const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => document.querySelector("#side-q")?.focus(),
  "?": opens((found) => found.explain(), "/help/"),
};

// The next or the one before of whatever the page lists; at first the topmost one in sight.
function step(direction) {
  const home = document.activeElement.closest("#thread-posts, main") || document.querySelector("main");
  const all = [...home.querySelectorAll("article")];
  const at = all.indexOf(document.activeElement.closest("article"));
  const next = at < 0 ? all.find((one) => one.getBoundingClientRect().bottom > 100) : all[at + direction];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
}

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    // The K that usually follows must not wait.
    if (/^(Control|Meta)$/.test(event.key)) dialogs().catch(() => {});
    if (composing(event) || event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
    const isFree = "keys" in document.body.dataset && !event.target.closest?.("input, textarea, select, [role=menu]");
    const isChord = event.ctrlKey || event.metaKey;
    const deed = isChord ? event.key === "k" && switchPlace : isFree && KEYS[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("a[data-switch]")) return;
    event.preventDefault();
    switchPlace();
  });
}
