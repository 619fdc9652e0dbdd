// Unread numbers beside the channels and in the window's title, and the moment a channel counts as read.
import { send } from "./ask.js";
import { block, make, memberId, thread, timeline } from "./page.js";
import { on, say } from "./signals.js";
import { atEnd } from "./steady.js";

const PAUSE = 1000;
const MOST = 100; // the server counts no further
const channels = new Map();
// Channels made unread again on purpose: they are not marked as read while this page stands.
const held = new Set();
// Posts that were told of and did not come into this page yet: the two travel on different streams.
const told = new Set();
let inbox = 0;
const title = document.title.replace(/^\(\d+\) /, "");
let timer = 0;

function readPage() {
  for (const row of document.querySelectorAll("[data-stream][data-posts]")) {
    const posts = Number(row.dataset.posts) || 0;
    channels.set(row.dataset.stream, { posts, read: posts - (Number(row.dataset.unread) || 0) });
  }
  inbox = Number(entry()?.dataset.waiting) || 0;
}

const entry = (within = document) => within.querySelector("[data-inbox]");

export function setInbox(number, { news = false } = {}) {
  if (!Number.isFinite(number) || number === inbox) return;
  say("inbox", { number, news });
  if (news) say("tell", "新しいお知らせがあります。");
  inbox = number;
  for (const here of document.querySelectorAll("[data-inbox], [data-inbox-too]")) {
    here.dataset.waiting = number;
    here.querySelector("[data-count]").textContent = number < MOST ? number : "99+";
    here.querySelector(".ky-count").hidden = number === 0;
  }
  drawTitle();
}

// A page that was fetched again knows the number of its moment: it counts unless events have come since.
function setInboxFrom(page) {
  const [there, here] = [entry(page), entry()];
  if (!there || !here || Number(there.dataset.n) < Number(here.dataset.n)) return;
  setInbox(Number(there.dataset.waiting));
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

const isMuted = (stream) => document.querySelector(`[data-stream="${CSS.escape(stream)}"][data-muted]`);

function drawTitle() {
  let sum = inbox;
  for (const [stream, channel] of channels) if (!isMuted(stream)) sum += unreadOf(channel);
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

function setRead(stream, read, { back = false } = {}) {
  const known = channels.get(stream);
  if (!known || !Number.isFinite(read)) return;
  if (back) held.add(stream);
  // The post that was read may still be on its way: until it is counted, read exceeds posts.
  known.read = back ? read : Math.max(known.read, read);
  draw(stream);
}

function unreadFrom({ from, read_posts: read }) {
  const first = from && timeline()?.querySelector(`:scope > [data-post="${CSS.escape(from)}"]`);
  if (!first) return;
  setRead(timeline().dataset.stream, read, { back: true });
  document.querySelector(".ky-new")?.remove();
  first.before(make("h2", { class: "ky-new", id: "unread" }, "ここから新着"));
}

function heard({ k, s, id, aux, counted }) {
  if (k === "post.published" && (!aux?.root || aux.in_channel) && !counted) setPosts(s, (channels.get(s)?.posts || 0) + 1);
  if ((k !== "read" && k !== "notified") || s !== `u${memberId()}` || !aux) return;
  setRead(aux.s, aux.read_posts, { back: aux.back });
  for (const [stream, read] of Object.entries(aux.read || {})) setRead(stream, read);
  if (k === "notified" && isBefore(id)) return look(id);
  if (k === "notified") told.add(String(id));
  setInbox(aux.unread, { news: k === "notified" });
}

// A reply that came into the open thread is before the reader's eyes: it need not be counted.
function isBefore(post) {
  const shown = thread()?.querySelector(`[data-post="${CSS.escape(post)}"]`);
  return Boolean(shown?.getClientRects().length) && document.visibilityState === "visible";
}

async function look(post) {
  const answer = await send(`/posts/${post}/seen/`);
  setInbox(answer.ok ? answer.body.unread : inbox + 1);
}

function replaceAll(counts) {
  channels.clear();
  for (const [stream, [posts, read]] of Object.entries(counts)) channels.set(stream, { posts, read });
  for (const stream of channels.keys()) draw(stream);
  readSoon();
}

function isBeingRead(home) {
  if (!home || held.has(home.dataset.stream) || home.dataset.newest === "0" || document.visibilityState !== "visible") return false;
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
  on("deed", unreadFrom);
  on("placed", ({ article }) => {
    if (isBefore(article.dataset.post) && told.delete(article.dataset.post)) look(article.dataset.post);
  });
  on("fetched", ({ page }) => setInboxFrom(page));
  on("sidebar", () => {
    for (const stream of channels.keys()) draw(stream);
  });
  document.addEventListener("visibilitychange", readSoon);
  document.addEventListener("scroll", readSoon, { capture: true, passive: true });
  readSoon();
}
