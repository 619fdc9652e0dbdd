// 「その他の操作」: what this member may do with the post, asked for when it is opened, because a fragment says
// nothing about its reader.
import { fetchPart, send } from "./ask.js";
import { notice } from "./notice.js";
import { nodesOf, place } from "./place.js";
import { articleOf, closePop, isOpenAt, openPop } from "./pop.js";
import { rove } from "./roving.js";
import { say } from "./signals.js";

const TRIGGER = "[data-menu]";

async function openMenu(link) {
  const article = articleOf(link);
  const articleId = article.id;
  if (isOpenAt(link, TRIGGER)) return closePop({ focus: true });
  const answer = await fetchPart(link.getAttribute("href"));
  const list = answer.ok && nodesOf(answer.text).querySelector(".ky-menu");
  const shown = document.getElementById(articleId);
  if (!list || !shown) return notice(shown, answer.ok ? "" : answer.error);
  const menu = document.importNode(list, true);
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", "その他の操作");
  for (const item of menu.querySelectorAll(".ky-menu__item")) item.setAttribute("role", "menuitem");
  openPop(shown.querySelector(TRIGGER) || shown, TRIGGER, menu);
  rove(menu, ".ky-menu__item");
}

// Clipboards are cut on some terminals: then the link is simply followed.
async function copyLink(link) {
  try {
    await navigator.clipboard.writeText(link.href);
    closePop({ focus: true });
    say("tell", "リンクをコピーしました。");
  } catch {
    location.assign(link.href);
  }
}

// Settling a question, keeping the post, unread from here: what changed comes back as fragments, or is told to
// the module it concerns.
async function press(button) {
  const { id } = articleOf(button);
  closePop({ focus: true });
  const answer = await send(button.getAttribute("formaction"), { [button.name]: button.value });
  if (!answer.ok) return notice(document.getElementById(id), answer.error);
  if (answer.body.html) place(answer.body.html);
  if (answer.body.told) say("tell", answer.body.told);
  say("deed", answer.body);
}

export function watchMenus() {
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-menu], a[data-link], button[data-deed]");
    if (!link || !articleOf(link)) return;
    event.preventDefault();
    if (link.matches(TRIGGER)) openMenu(link);
    else if (link.matches("button")) press(link);
    else copyLink(link);
  });
}
