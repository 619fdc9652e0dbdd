// A thread opens in the third column where there is one; on narrow screens it is a page.
import { fetchPart, send } from "./ask.js";
import { notice } from "./notice.js";
import { block, thread } from "./page.js";
import { nodesOf, place } from "./place.js";
import { articleOf, closePop } from "./pop.js";
import { pointAt } from "./scroll.js";
import { on, say } from "./signals.js";
import { toEnd } from "./steady.js";
import { learn, mark } from "./viewer-marks.js";

const WIDE = "(min-width: 64rem)";
const app = () => document.querySelector(".ky-app");
let opener = null;
// Replies that come in while the pane is being fetched, and would fall between the two.
let missed = [];

async function open(root, { push = true, around = null } = {}) {
  missed = [];
  const answer = await fetchPart(`/posts/${root}/thread/${around ? `?around=${around}` : ""}`);
  if (!answer.ok) return notice(document.getElementById(`post-${root}`), answer.error);
  const part = nodesOf(answer.text);
  const pane = part.getElementById("thread");
  if (!pane) return location.assign(`/posts/${root}/thread/`);
  learn(block("thread-viewer", part));
  const shown = document.importNode(pane, true);
  for (const article of shown.querySelectorAll("article[data-post]")) mark(article);
  document.getElementById("thread")?.remove();
  app().append(shown);
  app().dataset.thread = root;
  if (push) history.pushState({ thread: root }, "", `${location.pathname}?thread=${root}`);
  for (const html of missed) place(html);
  toEnd(thread());
  shown.focus({ preventScroll: true });
  say("thread", { root });
  if (around) pointAt(thread().querySelector(`[data-post="${CSS.escape(around)}"]`));
}

function close({ push = true } = {}) {
  const root = app()?.dataset.thread;
  if (!root) return;
  document.getElementById("thread")?.remove();
  delete app().dataset.thread;
  if (push) history.pushState({}, "", location.pathname);
  const back = document.getElementById(opener) || document.getElementById(`post-${root}`);
  back?.querySelector("[data-thread]")?.focus({ preventScroll: true });
  say("thread", { root: null });
}

// The page in the history may be one whose thread was part of it, or one without.
function followHistory() {
  const root = new URLSearchParams(location.search).get("thread");
  if (!app() || root === (app().dataset.thread || null)) return;
  if (root) open(root, { push: false });
  else close({ push: false });
}

// The number of replies stands in the pane's head line too; the root's fragment knows it.
function recount() {
  const pane = thread();
  const root = pane && document.getElementById(`thread-post-${pane.dataset.threadOf}`);
  const text = root?.querySelector(".ky-replies__count")?.textContent;
  const line = document.querySelector("#thread [data-reply-count]");
  if (text && line && line.textContent !== text) line.textContent = text;
}

// The answer to a question opens in its thread; the words of a quote go into the thread's field.
async function openAt(link) {
  const article = articleOf(link);
  const root = article.dataset.root || article.dataset.post;
  const href = link.getAttribute("href");
  opener = article.id;
  closePop();
  if (link.matches("[data-answer]")) return open(root, { around: /\/posts\/(\d+)\//.exec(href)[1] });
  const answer = await fetchPart(href.split("#")[0]);
  const field = answer.ok && nodesOf(answer.text).querySelector("#thread [name=text]");
  if (!field) return location.assign(href);
  if (app().dataset.thread !== root) await open(root);
  const entry = { stream: article.dataset.channel, root, text: field.value };
  if (thread()) say("write", entry);
}

async function follow(form) {
  const button = form.querySelector("button");
  const answer = await send(form.getAttribute("action"), { deed: button.value });
  if (!answer.ok) return say("tell", answer.error);
  const { following } = answer.body;
  button.value = following ? "unfollow" : "follow";
  button.querySelector("span").textContent = following ? "通知を止める" : "通知する";
  say("tell", following ? "このスレッドの返信を通知します。" : "このスレッドの通知を止めました。");
}

export function watchThreads() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-follow]")) return;
    event.preventDefault();
    follow(event.target);
  });
  document.addEventListener("click", (event) => {
    const at = event.target.closest("a[data-answer], a[data-quote]");
    if (!at || event.ctrlKey || event.metaKey || event.shiftKey || !matchMedia(WIDE).matches) return;
    if (!document.getElementById("timeline") || !articleOf(at)) return;
    event.preventDefault();
    openAt(at);
  });
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !document.getElementById("timeline")) return;
    const link = event.target.closest("a[data-thread]");
    const root = link && /\/posts\/(\d+)\/thread\//.exec(link.getAttribute("href"))?.[1];
    if (root && matchMedia(WIDE).matches) {
      event.preventDefault();
      opener = articleOf(link)?.id;
      closePop();
      open(root);
    } else if (event.target.closest("#thread a[data-close]") && matchMedia(WIDE).matches) {
      event.preventDefault();
      close();
    }
  });
  window.addEventListener("popstate", followHistory);
  on("event", ({ html, aux }) => {
    if (html && aux?.root) missed.push(html);
    missed = missed.slice(-50);
    recount();
  });
}
