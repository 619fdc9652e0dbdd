// Joins the machine to the page: cursors from what the page printed, focus from what it shows.
import { memberId } from "../page.js";
import { on, say } from "../signals.js";
import { postsShown } from "../unread.js";
import { Cursors } from "./cursors.js";
import { effect } from "./effects.js";
import { numbersOf, refetch } from "./refetch.js";
import { Live } from "./state.js";
import { watchWake } from "./wake.js";

const AGAIN = 10000;
let live = null;
let refetchedAt = 0;

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
  on("retry-live", () => live.retry());
  window.addEventListener("pagehide", () => live.stop());
  window.addEventListener("pageshow", (event) => event.persisted && live.connect());
  watchWake({ probe: () => live.probe(), refetch: renew });
  live.connect();
}

function apply(frame, detail) {
  // Somebody else has logged in on this terminal: the page is not theirs.
  if (frame.t === "hi" && frame.me && String(frame.me) !== memberId()) return location.reload();
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

async function renew() {
  // Twice in a row would be a page that is always older than the history: leave it to the reader.
  if (Date.now() - refetchedAt < AGAIN) return;
  refetchedAt = Date.now();
  for (const [stream, n] of Object.entries(await refetch())) {
    if (n > (live.cursors.at(stream) ?? 0)) live.cursors.set(stream, n);
    print(stream);
  }
  live.epoch = document.body.dataset.epoch || live.epoch;
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
}
