// Taking a post back: asks in a dialog with the words of the removal page.
import { place } from "./place.js";
import { articleOf } from "./pop.js";
import { openSheet } from "./sheet.js";

export function watchRemoval() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-remove]");
    const article = link && articleOf(link);
    if (!article) return;
    event.preventDefault();
    openSheet(link.getAttribute("href"), article.id, {
      name: "removal",
      title: "この投稿を取り消しますか",
      missing: "この投稿は取り消せません。",
      done: ({ html }) => place(html),
    });
  });
}
