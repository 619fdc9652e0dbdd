// What the text in the composer will look like, asked of the server; pressed again, it goes.
import { send } from "./ask.js";
import { clearError, showError } from "./field-error.js";
import { nodesOf } from "./place.js";
import { say } from "./signals.js";

export async function preview(form, button) {
  const field = form.elements.text;
  const part = form.querySelector("[data-preview]");
  part.hidden = !part.hidden;
  if (part.hidden) return;
  clearError(field);
  const answer = await send(button.getAttribute("formaction"), { cid: form.elements.cid.value, text: field.value });
  part.hidden = !answer.ok;
  if (!answer.ok) return showError(field, answer.error);
  part.querySelector(".ky-text").replaceChildren(...document.importNode(nodesOf(answer.body.html).body, true).childNodes);
  say("tell", "プレビューを表示しました。");
}
