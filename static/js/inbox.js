// The page of the inbox: rows are marked without a new page, and what comes in meanwhile is offered, not put
// under the reader's eyes.
import { fetchPage, send } from "./ask.js";
import { notice } from "./notice.js";
import { nodesOf } from "./place.js";
import { on, say } from "./signals.js";
import { setInbox } from "./unread.js";

const DEED = "[data-row-deed]";
let asked = 0;

// The button stays where the focus is, and says the other thing now.
function turn(button, isRead) {
  const row = button.closest("li");
  row.toggleAttribute("data-unread", !isRead);
  row.querySelector(".ky-inbox__unread").hidden = isRead;
  button.value = isRead ? "unread" : "read";
  button.firstChild.textContent = isRead ? "未読に戻す" : "既読にする";
}

async function mark(button) {
  const answer = await send(button.form.action, { deed: button.value });
  if (!answer.ok) return notice(button.closest("li").querySelector(".ky-inbox__text"), answer.error);
  turn(button, button.value === "read");
  setInbox(answer.body.unread);
}

async function markAll(form) {
  const answer = await send(form.action, { upto: form.elements.upto.value });
  if (!answer.ok) return notice(form, answer.error);
  for (const button of document.querySelectorAll(DEED)) turn(button, true);
  setInbox(answer.body.unread);
  say("tell", answer.body.told);
}

// The numbers of the tabs; of several questions the last one is answered.
async function recount() {
  const mine = (asked += 1);
  const answer = await fetchPage(location.href);
  const fresh = mine === asked && answer.ok && nodesOf(answer.text).querySelector(".ky-tabs");
  const shown = document.querySelector(".ky-tabs");
  if (fresh && !shown.contains(document.activeElement)) {
    shown.replaceChildren(...document.importNode(fresh, true).childNodes);
  }
}

document.addEventListener("submit", (event) => {
  const { submitter: button, target: form } = event;
  if (!button?.matches(DEED) && !form.matches("[data-all]")) return;
  event.preventDefault();
  if (form.matches("[data-all]")) markAll(form);
  else mark(button);
});

on("inbox", ({ number, news }) => {
  const text = number < 100 ? `未読${number}件` : "未読99件以上";
  document.querySelector("[data-inbox-lead]").textContent = number ? text : "未読はありません";
  if (news) document.querySelector("[data-inbox-new]").hidden = false;
  recount();
});
