// Older and newer posts come as the reader nears the end of what is shown, or by the link, which also works
// without this script.
import { fetchPart } from "./ask.js";
import { block, thread, timeline } from "./page.js";
import { copiesOf, nodesOf, place } from "./place.js";
import { on } from "./signals.js";
import { inPlace, scrollerOf } from "./steady.js";
import { learn, mark } from "./viewer-marks.js";

const NEAR = 600;
const DAY = ":scope > .ky-day time";
let busy = false;
let tired = false;
// What changes while a page is on its way would otherwise be overwritten by it, or fall between the two.
let heard = [];

async function turn(home, link) {
  if (busy) return;
  busy = true;
  heard = [];
  const answer = await fetchPart(link.getAttribute("href").split("#")[0]);
  busy = false;
  const part = nodesOf(answer.text);
  const fetched = answer.ok && part.getElementById(home.id);
  tired = !fetched;
  if (!fetched || !link.isConnected) return;
  learn(block("part-viewer", part) || block("thread-viewer", part));
  const nodes = fresh(home, fetched);
  if (link.matches("[data-older]")) before(home, nodes, fetched);
  else after(home, nodes);
  follow(home, link, part);
  for (const html of heard) place(html);
}

function fresh(home, fetched) {
  const nodes = [...document.importNode(fetched, true).children];
  const unknown = nodes.filter((node) => !node.dataset.post || !copiesOf(node.dataset.post, home).length);
  for (const article of unknown) if (article.dataset.post) mark(article);
  return unknown;
}

const dayOf = (node) => node?.matches(".ky-day") && node.querySelector("time").getAttribute("datetime");

function before(home, nodes, fetched) {
  const days = nodes.map(dayOf).filter(Boolean);
  const begins = home.querySelector(DAY);
  inPlace(firstSeen(home), () => {
    // The line of the new stands before the first of all that is new, which may only now be on the page.
    if (fetched.dataset.allNew !== undefined || nodes.some((node) => node.matches(".ky-new"))) {
      home.querySelector(":scope > .ky-new")?.remove();
    }
    if (begins && begins.getAttribute("datetime") === days.at(-1)) begins.closest(".ky-day").remove();
    home.prepend(...nodes);
  });
  home.toggleAttribute("data-all-new", fetched.dataset.allNew !== undefined);
}

function after(home, nodes) {
  const ends = [...home.querySelectorAll(DAY)].at(-1)?.getAttribute("datetime");
  const hasLine = home.querySelector(":scope > .ky-new") || home.dataset.allNew !== undefined;
  home.append(...nodes.filter((node) => dayOf(node) !== ends && !(hasLine && node.matches(".ky-new"))));
}

function firstSeen(home) {
  const top = scrollerOf(home).getBoundingClientRect().top;
  const shown = [...home.querySelectorAll(":scope > article")];
  return shown.find((article) => article.getBoundingClientRect().bottom > top) || shown.at(-1) || home;
}

function follow(home, link, part) {
  const isOlder = link.matches("[data-older]");
  const next = part.querySelector(isOlder ? "[data-older]" : "[data-newer]");
  if (next) return link.setAttribute("href", next.getAttribute("href"));
  const line = link.closest(".ky-turn");
  if (isOlder || home !== timeline()) (line || link).remove();
  else line.replaceWith(document.importNode(part.getElementById("newest"), true));
  if (!isOlder) reachNewest(home);
  if (document.activeElement === document.body) scrollerOf(home).focus({ preventScroll: true });
}

// From here on what arrives is put in place, and the page of the address is the one that is shown.
function reachNewest(home) {
  home.dataset.newest = "1";
  const root = document.querySelector(".ky-app")?.dataset.thread;
  if (home === timeline()) history.replaceState(history.state, "", location.pathname + (root ? `?thread=${root}` : ""));
}

function look({ target }) {
  for (const home of [timeline(), thread()]) {
    const scroller = home && !tired && scrollerOf(home);
    if (!scroller || (target !== document && target !== scroller)) continue;
    if (scroller.scrollHeight <= scroller.clientHeight) continue;
    const [older, newer] = ["[data-older]", "[data-newer]"].map((name) => scroller.querySelector(name));
    if (older && scroller.scrollTop < NEAR) turn(home, older);
    else if (newer && scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR) turn(home, newer);
  }
}

export function watchTurning() {
  document.addEventListener("scroll", look, { capture: true, passive: true });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-older], a[data-newer]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const home = link.closest(".ky-app__scroll")?.querySelector("#timeline, #thread-posts");
    if (!home) return;
    event.preventDefault();
    turn(home, link);
  });
  on("event", ({ html }) => busy && html && heard.push(html));
}
