// The page of the inbox: rows are marked without a new page, and what comes in meanwhile is offered, not put
// under the reader's eyes.
import { send } from "./ask.js";
import { notice } from "./notice.js";
import { on } from "./signals.js";
import { setInbox } from "./unread.js";

async function mark(button) {
  const row = button.closest("li");
  const answer = await send(button.form.action, { deed: button.value });
  if (!answer.ok) return notice(row.querySelector(".ky-inbox__text"), answer.error);
  const isRead = button.value === "read";
  row.toggleAttribute("data-unread", !isRead);
  row.querySelector(".ky-inbox__unread").hidden = isRead;
  // The button stays where the focus is, and says the other thing now.
  button.value = isRead ? "unread" : "read";
  button.firstChild.textContent = isRead ? "未読に戻す" : "既読にする";
  setInbox(answer.body.unread);
}

document.addEventListener("submit", (event) => {
  if (!event.submitter?.matches("[data-row-deed]")) return;
  event.preventDefault();
  mark(event.submitter);
});

on("inbox", ({ number, news }) => {
  const text = number < 100 ? `未読${number}件` : "未読99件以上";
  document.querySelector("[data-inbox-lead]").textContent = number ? text : "未読はありません";
  if (news) document.querySelector("[data-inbox-new]").hidden = false;
});
