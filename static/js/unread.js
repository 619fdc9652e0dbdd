// Unread numbers beside the channels and in the window's title, and the moment a channel counts as read.
import { send } from "./ask.js";
import { block, memberId, timeline } from "./page.js";
import { on } from "./signals.js";
import { atEnd } from "./steady.js";

const PAUSE = 1000;
const channels = new Map();
const title = document.title.replace(/^\(\d+\) /, "");
let timer = 0;

function readPage() {
  for (const row of document.querySelectorAll("[data-stream][data-posts]")) {
    const posts = Number(row.dataset.posts) || 0;
    channels.set(row.dataset.stream, { posts, read: posts - (Number(row.dataset.unread) || 0) });
  }
}

const unreadOf = ({ posts, read }) => Math.max(0, posts - read);

// The long poll names this sum, so that a number that differs from the server's is answered at once.
export function postsShown() {
  let sum = 0;
  for (const { posts } of channels.values()) sum += posts;
  return sum;
}

function draw(stream) {
  const known = channels.get(stream);
  if (!known) return;
  const unread = unreadOf(known);
  for (const row of document.querySelectorAll(`[data-stream="${CSS.escape(stream)}"][data-posts]`)) {
    row.dataset.posts = known.posts;
    row.dataset.unread = unread;
    const figure = row.querySelector("[data-count]");
    if (figure) figure.textContent = unread;
    const badge = row.querySelector(".ky-count");
    if (badge) badge.hidden = unread === 0;
  }
  drawTitle();
}

function drawTitle() {
  let sum = 0;
  for (const channel of channels.values()) sum += unreadOf(channel);
  const text = sum > 0 ? `(${sum}) ${title}` : title;
  if (document.title !== text) document.title = text;
}

function setPosts(stream, posts) {
  const known = channels.get(stream);
  if (!known) return;
  known.posts = posts;
  draw(stream);
  readSoon();
}

function setRead(stream, read) {
  const known = channels.get(stream);
  if (!known || !Number.isFinite(read)) return;
  // The post that was read may still be on its way: until it is counted, read exceeds posts.
  known.read = Math.max(known.read, read);
  draw(stream);
}

function heard({ k, s, aux, counted }) {
  if (k === "post.published" && !aux?.root && !counted) setPosts(s, (channels.get(s)?.posts || 0) + 1);
  if (k === "read" && s === `u${memberId()}` && aux) setRead(aux.s, aux.read_posts);
}

function replaceAll(counts) {
  channels.clear();
  for (const [stream, [posts, read]] of Object.entries(counts)) channels.set(stream, { posts, read });
  for (const stream of channels.keys()) draw(stream);
  readSoon();
}

function isBeingRead(home) {
  if (!home || home.dataset.newest === "0" || document.visibilityState !== "visible") return false;
  return home.getClientRects().length > 0 && atEnd(home);
}

export function readSoon() {
  clearTimeout(timer);
  timer = setTimeout(markRead, PAUSE);
}

async function markRead() {
  const home = timeline();
  const known = home && channels.get(home.dataset.stream);
  if (!known || unreadOf(known) === 0 || !isBeingRead(home)) return;
  const slug = /^\/channels\/([^/]+)\//.exec(location.pathname)?.[1];
  if (!slug || block("viewer")?.joined === false) return;
  const answer = await send(`/channels/${slug}/read/`, { upto: home.dataset.n });
  if (answer.ok) setRead(home.dataset.stream, answer.body.read_posts);
}

export function watchUnread() {
  readPage();
  drawTitle();
  on("counts", ({ channels: counts }) => replaceAll(counts));
  on("count", ({ stream, posts }) => setPosts(stream, posts));
  on("event", heard);
  on("sidebar", () => {
    for (const stream of channels.keys()) draw(stream);
  });
  document.addEventListener("visibilitychange", readSoon);
  document.addEventListener("scroll", readSoon, { capture: true, passive: true });
  readSoon();
}
