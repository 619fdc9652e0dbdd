// A sentence below the post it concerns, one at a time.
import { make } from "./page.js";

export function notice(article, text) {
  document.querySelector("[data-notice]")?.remove();
  if (!text || !article) return;
  article.after(make("p", { class: "ky-notice ky-field__error", role: "alert", "data-notice": true }, text));
}
