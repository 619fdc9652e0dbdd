// 「プレビュー」 shows the text as the server would put it, below the field, until it is changed.
import { send } from "./ask.js";
import { clearError, showError } from "./field-error.js";
import { nodesOf } from "./place.js";
import { say } from "./signals.js";

function close(form) {
  const part = form.querySelector("[data-preview]");
  if (!part || part.hidden) return false;
  part.hidden = true;
  form.querySelector("[data-show-preview]").setAttribute("aria-expanded", "false");
  return true;
}

async function open(form, button) {
  const field = form.elements.text;
  clearError(field);
  const fields = { cid: form.elements.cid.value, text: field.value };
  const answer = await send(button.getAttribute("formaction"), fields);
  if (!answer.ok) return showError(field, answer.error);
  const part = form.querySelector("[data-preview]");
  const shown = nodesOf(answer.body.html).body.childNodes;
  part.querySelector(".ky-text").replaceChildren(...[...shown].map((node) => document.importNode(node, true)));
  part.hidden = false;
  button.setAttribute("aria-expanded", "true");
  part.scrollIntoView({ block: "nearest" });
  say("tell", "プレビューを表示しました。");
}

export function watchPreview() {
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.matches("[data-show-preview]")) return;
    event.preventDefault();
    if (!close(event.target)) open(event.target, button);
  });
  document.addEventListener("input", (event) => {
    const form = event.target.matches("textarea") && event.target.closest("form.ky-composer");
    if (form) close(form);
  });
}
