// The page once more, when its history cannot be replayed: what is newer replaces, what is gone goes.
import { fetchPage } from "../ask.js";
import { block, thread, timeline } from "../page.js";
import { nodesOf, placePost } from "../place.js";
import { say } from "../signals.js";
import { forget, learn, markAll } from "../viewer-marks.js";

const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 60000;
let running = null;

// Returns {stream: n} of the page fetched, or {} when there is no such page for this member any more.
export function refetch() {
  running ||= insist().finally(() => (running = null));
  return running;
}

// After a restore all pages come at once: one that is turned away would stay older than the history for good.
async function insist() {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
    const numbers = await once();
    if (numbers) return numbers;
    await new Promise((resolve) => setTimeout(resolve, pause / 2 + (Math.random() * pause) / 2));
  }
}

async function once() {
  const answer = await fetchPage(location.href);
  if (!answer.ok) return answer.status && answer.status < 429 ? {} : null;
  const page = nodesOf(answer.text);
  const { epoch = "" } = page.body.dataset;
  // After a restore a post may be shown in a version that never was: nothing of another history stays.
  const isAnew = epoch && epoch !== document.body.dataset.epoch;
  if (epoch) document.body.dataset.epoch = epoch;
  say("fetched", { page });
  const viewer = block("viewer", page);
  // A mark that was taken off meanwhile is not among those of the fresh page.
  if (viewer) for (const { dataset } of page.querySelectorAll("article[data-post]")) forget(dataset.post);
  learn(viewer);
  for (const home of [timeline(), thread()]) {
    const fetched = home && page.getElementById(home.id);
    if (!fetched) continue;
    if (isAnew) for (const article of postsOf(home)) article.remove();
    forgetGone(home, fetched);
    turnBack(home, fetched);
  }
  for (const article of page.querySelectorAll("article[data-post]")) placePost(plain(article), { live: true });
  markAll();
  return numbersOf(page);
}

function forgetGone(home, fetched) {
  const posts = [...fetched.querySelectorAll(":scope > article[data-post]")];
  const ids = new Set(posts.map((article) => article.dataset.post));
  const times = posts.map((article) => parseFloat(article.dataset.at));
  // Nothing older is left of a channel that was cleared, perhaps nothing at all.
  const isWhole = home.id === "timeline" && !fetched.ownerDocument.querySelector("[data-older]");
  const oldest = isWhole ? -Infinity : Math.min(...times);
  const newest = times.length ? Math.max(...times) : Infinity;
  for (const article of home.querySelectorAll(":scope > article[data-post]")) {
    const at = parseFloat(article.dataset.at);
    if (!ids.has(article.dataset.post) && at >= oldest && at <= newest) article.remove();
  }
}

// Pages the reader has turned to beside this one may have changed as well: they go, and come again on scroll.
function turnBack(home, fetched) {
  const posts = postsOf(fetched);
  if (!posts.length) return;
  const [first, last] = [timeOf(posts[0]), timeOf(posts.at(-1))];
  const lines = { older: lineOf(fetched, "[data-older]"), newer: lineOf(fetched, "[data-newer]") };
  const older = postsOf(home).filter((one) => lines.older && timeOf(one) < first);
  const newer = postsOf(home).filter((one) => lines.newer && timeOf(one) > last);
  for (const article of [...older, ...newer]) article.remove();
  if (older.length) {
    lineOf(home, "[data-older]")?.remove();
    home.before(document.importNode(lines.older, true));
  }
  if (newer.length) {
    lineOf(home, "[data-newer], #newest")?.remove();
    home.after(document.importNode(lines.newer, true));
    home.dataset.newest = "0";
  }
  for (const day of home.querySelectorAll(":scope > .ky-day")) {
    if (!day.nextElementSibling?.matches("article, .ky-new")) day.remove();
  }
}

function lineOf(home, name) {
  const found = home.closest(".ky-app__scroll")?.querySelector(name);
  return found?.closest(".ky-turn") || found;
}

const postsOf = (home) => [...home.querySelectorAll(":scope > article[data-post]")];
const timeOf = (article) => parseFloat(article.dataset.at);

// A copy in the thread pane has an id of its own; placing gives it anew.
function plain(article) {
  const fresh = document.importNode(article, true);
  fresh.id = `post-${fresh.dataset.post}`;
  return fresh;
}

export function numbersOf(page) {
  const numbers = {};
  for (const node of page.querySelectorAll("[data-stream][data-n]")) {
    const { stream, n } = node.dataset;
    numbers[stream] = Math.min(Number(n), numbers[stream] ?? Infinity);
  }
  return numbers;
}
