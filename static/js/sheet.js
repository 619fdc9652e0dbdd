// A question about a post, asked in a dialog with the words and the form of its own page.
import { fetchPage, send } from "./ask.js";
import { notice } from "./notice.js";
import { make } from "./page.js";
import { nodesOf } from "./place.js";
import { closePop } from "./pop.js";

// What was typed before the sheet was closed by mistake stands in it when it is opened again.
const kept = new Map();

// A dialog over the page that leaves nothing behind when it is closed. There is one at a time: a double click
// asks twice.
export function modal(attributes, ...children) {
  document.querySelector("dialog[open]")?.close();
  const dialog = make("dialog", { class: "ky-dialog", ...attributes }, ...children);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export async function openSheet(address, articleId, { name, title, missing, done }) {
  const answer = await fetchPage(address);
  closePop({ focus: true });
  const found = answer.ok && nodesOf(answer.text).querySelector(`form[action="${CSS.escape(address)}"]`);
  if (!found) return notice(document.getElementById(articleId), answer.ok ? missing : answer.error);
  const form = document.importNode(found, true);
  const heading = make("h2", { class: "ky-h3", id: `${name}-title` }, title);
  const field = form.querySelector("textarea");
  if (field && kept.has(address)) field.value = kept.get(address);
  const dialog = modal({ "aria-labelledby": heading.id, [`data-${name}`]: articleId }, heading, form);
  dialog.addEventListener("close", () => field && kept.set(address, field.value));
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("a[href]")) return;
    event.preventDefault();
    dialog.close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    tell(form, dialog, done);
  });
}

async function tell(form, dialog, done) {
  if (form.dataset.sending !== undefined) return;
  form.dataset.sending = "";
  const answer = await send(form.getAttribute("action"), new FormData(form));
  delete form.dataset.sending;
  if (!answer.ok) return refuse(form, answer.error);
  form.reset();
  dialog.close();
  done(answer.body);
}

// What was typed stays where it is; the reason stands above the button.
function refuse(form, text) {
  form.querySelector("[role=alert]")?.remove();
  form.lastElementChild.before(make("p", { class: "ky-field__error", role: "alert" }, text));
  form.querySelector("textarea")?.focus();
}
