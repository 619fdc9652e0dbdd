// Small deeds that need no new page: a row of the inbox, keeping a post, unread from here. Without this
// module their forms lead to a page.
import { send } from "./ask.js";
import { notice } from "./notice.js";
import { make, timeline } from "./page.js";
import { articleOf, closePop } from "./pop.js";
import { on, say } from "./signals.js";
import { setInbox, unreadAgain } from "./unread.js";
import { setKept } from "./viewer-marks.js";

const page = () => document.querySelector("[data-inbox-page]");

async function carryOut(button) {
  const article = articleOf(button);
  const row = button.closest("li");
  if (button.closest("[data-pop]")) closePop({ focus: true });
  const answer = await send(button.getAttribute("formaction") || button.form.action, { deed: button.value });
  const place = article ? document.getElementById(article.id) : row?.querySelector(".ky-inbox__text");
  if (!answer.ok) return notice(place, answer.error);
  const { told, unread, saved, post, from, read_posts: read } = answer.body;
  if (told) say("tell", told);
  if (saved !== undefined) setKept(post, saved);
  if (from !== undefined) drawLine(from, read);
  if (unread === undefined) return;
  setInbox(unread);
  turn(row, button);
}

function drawLine(post, read) {
  unreadAgain(timeline()?.dataset.stream, read);
  const first = timeline()?.querySelector(`:scope > [data-post="${CSS.escape(post)}"]`);
  if (!first) return;
  for (const line of document.querySelectorAll(".ky-new")) line.remove();
  first.before(make("h2", { class: "ky-new", id: "unread" }, "ここから新着"));
}

// The row says the other thing now; the button stays where the focus is.
function turn(row, button) {
  const isRead = button.value === "read";
  row.toggleAttribute("data-unread", !isRead);
  const word = row.querySelector(".ky-inbox__unread");
  if (word) word.hidden = isRead;
  button.value = isRead ? "unread" : "read";
  button.firstChild.textContent = isRead ? "未読に戻す" : "既読にする";
}

export function watchQuiet() {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-quiet]") || !button.closest("[data-pop], .ky-inbox__item")) return;
    event.preventDefault();
    carryOut(button);
  });
  on("inbox", ({ number, news }) => {
    const lead = page()?.querySelector("[data-inbox-lead]");
    if (lead) lead.textContent = number ? `未読${number < 100 ? `${number}件` : "99件以上"}` : "未読はありません";
    if (lead && news) page().querySelector("[data-inbox-new]").hidden = false;
  });
}
