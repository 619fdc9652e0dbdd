// The grid of stamps, opened at the post; without a script it is a page of its own.
import { fetchPart } from "./ask.js";
import { notice } from "./notice.js";
import { nodesOf } from "./place.js";
import { articleOf, closePop, isOpenAt, openPop } from "./pop.js";
import { rove } from "./roving.js";
import { markStamps } from "./viewer-marks.js";

const TRIGGER = "[data-picker]";

async function openPicker(link) {
  const article = articleOf(link);
  const articleId = article.id;
  if (isOpenAt(link, TRIGGER)) return closePop({ focus: true });
  const answer = await fetchPart(link.getAttribute("href"));
  const grid = answer.ok && nodesOf(answer.text).body.firstElementChild;
  const shown = document.getElementById(articleId);
  if (!grid || !shown) return notice(shown, answer.ok ? "" : answer.error);
  const panel = document.importNode(grid, true);
  markStamps(panel, shown.dataset.post);
  openPop(shown.querySelector(TRIGGER) || shown, TRIGGER, panel);
  rove(panel, "button[data-stamp]");
}

export function watchPicker() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest(`a${TRIGGER}`);
    if (!link || !articleOf(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPicker(link);
  });
}
