// After an update of the site the page is fetched anew at a quiet moment: nobody is interrupted, nothing
// typed is lost, and not everybody comes at once.
import { on } from "./signals.js";

const WITHIN = 30 * 60 * 1000;
const KEY = "kyoso-renewed-for";
let timer = 0;

function isQuiet() {
  const typed = [...document.querySelectorAll("textarea, dialog[open]")].some((node) => node.open || node.value);
  return !typed && !document.querySelector("[data-pending-cid]") && document.visibilityState === "hidden";
}

// Once per build: a page that still differs after that is not made newer by asking again.
function isNews(build) {
  if (!build || !document.body.dataset.build || build === document.body.dataset.build) return false;
  try {
    if (sessionStorage.getItem(KEY) === build) return false;
    sessionStorage.setItem(KEY, build);
    return true;
  } catch {
    return false;
  }
}

function renew() {
  if (isQuiet()) return location.reload();
  document.addEventListener("visibilitychange", () => isQuiet() && location.reload());
}

export function watchBuild() {
  on("build", ({ build }) => {
    if (!timer && isNews(build)) timer = setTimeout(renew, Math.random() * WITHIN);
  });
}
