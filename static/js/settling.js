// Accepting an answer and closing a question: a button of the post's menu, whose form also works without this
// script. What changed comes back as fragments.
import { send } from "./ask.js";
import { notice } from "./notice.js";
import { place } from "./place.js";
import { articleOf, closePop } from "./pop.js";

export function watchSettling() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-deed][formaction]");
    const article = button && articleOf(button);
    if (!article) return;
    event.preventDefault();
    closePop({ focus: true });
    const answer = await send(button.getAttribute("formaction"), { [button.name]: button.value });
    if (answer.ok) place(answer.body.html);
    else notice(document.getElementById(article.id), answer.error);
  });
}
