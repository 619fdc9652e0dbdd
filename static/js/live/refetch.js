// The page once more, when its history cannot be replayed: what is newer replaces, what is gone goes.
import { fetchPage } from "../ask.js";
import { thread, timeline } from "../page.js";
import { nodesOf, placePost } from "../place.js";
import { say } from "../signals.js";
import { learn, markAll } from "../viewer-marks.js";

let running = null;

// Returns {stream: n} of the page fetched, or {} when it could not be fetched.
export function refetch() {
  running ||= once().finally(() => (running = null));
  return running;
}

async function once() {
  const answer = await fetchPage(location.href);
  if (!answer.ok) return {};
  const page = nodesOf(answer.text);
  if (page.body.dataset.epoch) document.body.dataset.epoch = page.body.dataset.epoch;
  say("fetched", { page });
  learnFrom(page);
  for (const home of [timeline(), thread()]) {
    const fetched = home && page.getElementById(home.id);
    if (fetched) forgetGone(home, fetched);
  }
  for (const article of page.querySelectorAll("article[data-post]")) placePost(plain(article), { live: true });
  markAll();
  return numbersOf(page);
}

function learnFrom(page) {
  try {
    learn(JSON.parse(page.getElementById("viewer")?.textContent || "null"));
  } catch {
    // The marks stay as they are.
  }
}

function forgetGone(home, fetched) {
  const posts = [...fetched.querySelectorAll(":scope > article[data-post]")];
  const ids = new Set(posts.map((article) => article.dataset.post));
  const times = posts.map((article) => parseFloat(article.dataset.at));
  const [oldest, newest] = [Math.min(...times), Math.max(...times)];
  for (const article of home.querySelectorAll(":scope > article[data-post]")) {
    const at = parseFloat(article.dataset.at);
    if (!ids.has(article.dataset.post) && at >= oldest && at <= newest) article.remove();
  }
}

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
