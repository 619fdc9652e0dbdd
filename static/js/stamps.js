// Pressing a stamp shows at once and is taken back when it was refused. The fragment that comes back is what
// everybody sees; which stamps are one's own comes with the answer, and from one's own stream for what another
// screen pressed.
import { send } from "./ask.js";
import { memberId } from "./page.js";
import { notice } from "./notice.js";
import { place } from "./place.js";
import { articleOf, closePop } from "./pop.js";
import { on, say } from "./signals.js";
import { isPressed, markAll, setOnePressed, setPressed } from "./viewer-marks.js";

// Nobody knows whether it arrived: it stays as pressed, and is said again with the same meaning until it is known.
const UNKNOWN = new Set([0, 502, 503, 504]);
const LATER = "まだ届いていません。つながりしだい、もう一度送ります。";
const PAUSE = 5000;
const onTheWay = new Set();
const unsure = new Map();
let timer = 0;

async function press(button) {
  const address = button.getAttribute("formaction");
  const post = /\/posts\/(\d+)\//.exec(address)?.[1];
  const article = articleOf(button);
  if (!post || !article || onTheWay.has(address)) return;
  const { stamp, name, reason } = button.dataset;
  const isOn = !isPressed(post, stamp);
  if (isOn && reason !== undefined) return askWhy(`${address}reason/`, article.id, post, stamp);
  if (button.closest("[data-pop]")) closePop({ focus: true });
  deliver({ address, post, stamp, name, isOn, at: article.id });
}

async function deliver(wish) {
  const { address, post, stamp, name, isOn, at } = wish;
  unsure.delete(address);
  onTheWay.add(address);
  show(post, stamp, isOn);
  const answer = await send(address, { on: isOn ? "1" : "0" });
  onTheWay.delete(address);
  const shown = document.getElementById(at);
  if (UNKNOWN.has(answer.status)) {
    unsure.set(address, wish);
    timer ||= setTimeout(again, PAUSE + Math.random() * PAUSE);
    return notice(shown, LATER);
  }
  if (!answer.ok) {
    show(post, stamp, !isOn);
    return notice(shown, answer.error);
  }
  notice(null);
  settle(post, stamp, answer.body);
  if (name) say("tell", isOn ? `「${name}」を押しました。` : `「${name}」を取り消しました。`);
}

function again() {
  clearTimeout(timer);
  timer = 0;
  for (const wish of [...unsure.values()]) deliver(wish);
}

// Another way to see it is told with a reason first; taking it off asks nothing.
function askWhy(address, articleId, post, stamp) {
  const title = "ほかの見方を伝える";
  const missing = "いまは伝えられません。";
  const done = (body) => {
    settle(post, stamp, body);
    notice(document.getElementById(articleId), body.told, { isError: false });
  };
  const sheet = { name: "doubt", title, missing, done };
  import("./sheet.js").then(({ openSheet }) => openSheet(address, articleId, sheet), () => location.assign(address));
}

function show(post, stamp, isOn) {
  setOnePressed(post, stamp, isOn);
  markAll(post);
}

function settle(post, stamp, { mine, html }) {
  setPressed(post, mine || []);
  place(html);
  markAll(post);
  if (!isPressed(post, stamp)) return;
  const fresh = `article[data-post="${post}"] button[data-stamp="${CSS.escape(stamp)}"]`;
  for (const button of document.querySelectorAll(fresh)) button.dataset.just = "";
}

export function watchStamps() {
  on("live", ({ state }) => state === "LIVE" && again());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-stamp][formaction]");
    if (!button || !articleOf(button)) return;
    event.preventDefault();
    press(button);
  });
  on("event", ({ k, s, aux }) => {
    if (k === "reacted" && s === `u${memberId()}` && aux) show(aux.post, aux.stamp, aux.on);
  });
}
