// The list of one's channels follows joining, leaving and renaming without a reload.
import { fetchPage } from "./ask.js";
import { memberId } from "./page.js";
import { nodesOf } from "./place.js";
import { on, say } from "./signals.js";

const SPREAD = 15000;
let timer = 0;

async function redraw() {
  timer = 0;
  const answer = await fetchPage(location.href);
  const page = answer.ok && nodesOf(answer.text);
  if (page) say("fetched", { page });
  const fresh = page && page.querySelector(".ky-side .ky-list");
  const shown = document.querySelector(".ky-side .ky-list");
  if (!fresh || !shown || shown.contains(document.activeElement)) return;
  const scrolled = shown.scrollTop;
  shown.replaceChildren(...document.importNode(fresh, true).childNodes);
  shown.scrollTop = scrolled;
  say("sidebar");
}

function redrawWithin(spread) {
  timer ||= setTimeout(redraw, 200 + Math.random() * spread);
}

export function watchSidebar() {
  on("event", ({ k, s, id }) => {
    if (k === "membership.changed" && s === `u${memberId()}`) redrawWithin(0);
    // Everybody hears of a changed channel at the same moment: not everybody may ask at the same moment.
    // Number 0 stands for some closed channel.
    const isListed = id === 0 || document.querySelector(`.ky-side [data-stream="c${CSS.escape(String(id))}"]`);
    if (k === "channels.changed" && isListed) redrawWithin(SPREAD);
  });
}
