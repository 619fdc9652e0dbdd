// Editing in place: the form of the edit page stands where the post stood until it is saved or given up.
import { fetchPage, send } from "./ask.js";
import { clearError, showError } from "./field-error.js";
import { composing } from "./ime.js";
import { notice } from "./notice.js";
import { make } from "./page.js";
import { nodesOf, place } from "./place.js";
import { articleOf, closePop } from "./pop.js";

async function openForm(link) {
  const articleId = articleOf(link).id;
  const answer = await fetchPage(link.getAttribute("href"));
  closePop();
  const form = answer.ok && nodesOf(answer.text).querySelector('form[action$="/edit/"]');
  const article = document.getElementById(articleId);
  if (!article || document.querySelector(`[data-edit-of="${articleId}"]`)) return;
  if (!form) return notice(article, answer.ok ? "この投稿は編集できません。" : answer.error);
  const box = make("div", { class: "ky-edit", "data-edit-of": articleId }, document.importNode(form, true));
  article.after(box);
  article.hidden = true;
  box.querySelector("form").noValidate = true;
  const field = box.querySelector("textarea");
  field.rows = Math.min(12, Math.max(3, field.value.split("\n").length + 1));
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  box.scrollIntoView({ block: "nearest" });
}

function close(box) {
  const articleId = box.dataset.editOf;
  box.remove();
  const article = document.getElementById(articleId);
  if (!article) return;
  article.hidden = false;
  article.querySelector("[data-menu], a[href]")?.focus({ preventScroll: true });
}

async function save(form) {
  if (form.dataset.sending !== undefined) return;
  const box = form.closest("[data-edit-of]");
  const field = form.querySelector("textarea");
  clearError(field);
  form.dataset.sending = "";
  const answer = await send(form.getAttribute("action"), { text: field.value });
  delete form.dataset.sending;
  if (!answer.ok) return showError(field, answer.error);
  place(answer.body.html);
  close(box);
}

export function watchEditing() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-edit]");
    const leave = event.target.closest("[data-edit-of] a[href]");
    if (link && articleOf(link)) {
      event.preventDefault();
      openForm(link);
    } else if (leave) {
      event.preventDefault();
      close(leave.closest("[data-edit-of]"));
    }
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.closest("[data-edit-of]")) return;
    event.preventDefault();
    save(event.target);
  });
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-edit-of] form");
    if (!form || composing(event) || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    save(form);
  });
}
