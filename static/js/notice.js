// A sentence below the post it concerns, one at a time.
import { make } from "./page.js";

export function notice(article, text, { isError = true } = {}) {
  document.querySelector("[data-notice]")?.remove();
  if (!text || !article) return;
  const [look, role] = isError ? ["ky-notice ky-field__error", "alert"] : ["ky-notice", "status"];
  article.after(make("p", { class: look, role, "data-notice": true }, text));
}
