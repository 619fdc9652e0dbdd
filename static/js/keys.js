// Keys for the whole page. Ctrl+K always opens the switcher, in a dialog (without a script it is a page). Single
// letters work only while nothing is being written, and only for those who have not turned them off in their
// settings (WCAG 2.1.4).
import { composing } from "./ime.js";

const deeds = () => import("./key-deeds.js");
const once = (act, address) => () => deeds().then(act, () => address && location.assign(address));
const switchPlace = once((found) => found.switchPlace(), "/switch/");
const KEYS = {
  j: once((found) => found.step(1)),
  k: once((found) => found.step(-1)),
  "/": () => document.querySelector("#side-q")?.focus(),
  "?": once((found) => found.explain(), "/help/"),
};

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    // The K that usually follows must not wait.
    if (/^(Control|Meta)$/.test(event.key)) deeds().catch(() => {});
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
