// Joins the machine to the page: cursors from what the page printed, focus from what it shows.
import { memberId } from "../page.js";
import { on, say } from "../signals.js";
import { postsShown } from "../unread.js";
import { Cursors } from "./cursors.js";
import { effect } from "./effects.js";
import { Tabs } from "./leader.js";
import { numbersOf, refetch } from "./refetch.js";
import { Live } from "./state.js";
import { watchWake } from "./wake.js";

const AGAIN = 10000;
const TOGETHER = 1000;
let live = null;
let tabs = null;
let refetchedAt = 0;
let later = 0;

export function startLive() {
  const numbers = numbersOf(document);
  const { epoch, build = "" } = document.body.dataset;
  live = new Live({
    cursors: new Cursors(numbers),
    focus: new Set(Object.keys(numbers).filter((stream) => stream.startsWith("c"))),
    epoch,
    build,
    apply,
    changed,
    counted: postsShown,
  });
  on("retry-live", () => tabs.retry());
  on("utter", (frame) => live.link?.send(frame));
  tabs = new Tabs(live, memberId());
  window.addEventListener("pagehide", () => tabs.leave());
  window.addEventListener("pageshow", (event) => event.persisted && tabs.join());
  document.addEventListener("freeze", () => tabs.leave());
  document.addEventListener("resume", () => tabs.join());
  watchWake({ probe: () => live.probe(), refetch: renew });
  tabs.join();
}

function apply(frame, detail) {
  // Somebody else has logged in on this terminal: the page is not theirs.
  if (frame.t === "hi" && frame.me && String(frame.me) !== memberId()) {
    tabs.leave();
    return location.reload();
  }
  if (frame.t === "reset") return reset(frame);
  if (frame.t === "gone") forget(frame.s);
  effect(frame, detail);
  if (frame.t === "e" || frame.t === "b") print(frame.s);
}

// The number stands in the page, where the next reader of it (marking as read, a test) looks it up.
function print(stream) {
  for (const node of document.querySelectorAll(`[data-stream="${CSS.escape(stream)}"][data-n]`)) {
    node.dataset.n = live.cursors.at(stream);
  }
}

function reset({ s, head }) {
  live.cursors.set(s, head);
  if (document.querySelector(`[data-stream="${CSS.escape(s)}"][data-n]`) || s === `u${memberId()}`) renew();
}

function renewLater() {
  later = 0;
  renew();
}

async function renew() {
  // The streams of one answer start over together. A later one waits: not every tab at once, and not in a row.
  const ago = Date.now() - refetchedAt;
  if (ago < AGAIN) return ago > TOGETHER && (later ||= setTimeout(renewLater, AGAIN - ago));
  refetchedAt = Date.now();
  const { epoch } = document.body.dataset;
  const numbers = Object.entries(await refetch());
  // In another history the page begins anew: what came while it was on its way comes once more.
  const isAnew = document.body.dataset.epoch !== epoch;
  const newer = numbers.filter(([stream, n]) => isAnew || n > (live.cursors.at(stream) ?? 0));
  if (isAnew && newer.length) live.asking = true;
  for (const [stream, n] of newer) live.cursors.set(stream, n);
  for (const [stream] of numbers) print(stream);
  // What is passed over now was not counted: hi brings the counts.
  if (newer.length) live.link?.again();
}

function forget(stream) {
  live.cursors.drop(stream);
  live.focus.delete(stream);
}

function changed(detail) {
  document.body.dataset.live = detail.state.toLowerCase();
  document.body.dataset.liveRung = detail.rung;
  document.body.dataset.liveGaps = live ? live.gaps : 0;
  say("live", detail);
  tabs?.tell(detail);
}
