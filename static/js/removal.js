// Taking a post back: asks in a dialog with the words of the removal page.
import { fetchPage, send } from "./ask.js";
import { notice } from "./notice.js";
import { make } from "./page.js";
import { nodesOf, place } from "./place.js";
import { articleOf, closePop } from "./pop.js";

async function ask(link) {
  const articleId = articleOf(link).id;
  const answer = await fetchPage(link.getAttribute("href"));
  closePop({ focus: true });
  const found = answer.ok && nodesOf(answer.text).querySelector('form[action$="/removal/"]');
  const article = document.getElementById(articleId);
  if (!found) return notice(article, answer.ok ? "この投稿は取り消せません。" : answer.error);
  const form = document.importNode(found, true);
  const title = make("h2", { class: "ky-h3", id: "removal-title" }, "この投稿を取り消しますか");
  const attributes = { class: "ky-dialog", "aria-labelledby": title.id, "data-removal": articleId };
  const dialog = make("dialog", attributes, title, form);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

async function remove(form) {
  const dialog = form.closest("dialog");
  if (form.dataset.sending !== undefined) return;
  form.dataset.sending = "";
  const answer = await send(form.getAttribute("action"));
  delete form.dataset.sending;
  if (!answer.ok) return refuse(form, answer.error);
  dialog.close();
  place(answer.body.html);
}

function refuse(form, text) {
  form.querySelector("[role=alert]")?.remove();
  form.append(make("p", { class: "ky-field__error", role: "alert" }, text));
}

export function watchRemoval() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-remove]");
    const leave = event.target.closest("[data-removal] a[href]");
    if (link && articleOf(link)) {
      event.preventDefault();
      ask(link);
    } else if (leave) {
      event.preventDefault();
      leave.closest("dialog").close();
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("[data-removal]")) return;
    event.preventDefault();
    remove(event.target);
  });
}
