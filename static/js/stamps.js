// Pressing a stamp. The fragment that comes back is what everybody sees; which stamps are one's own comes
// with the answer, and from one's own stream for what another screen pressed.
import { send } from "./ask.js";
import { memberId } from "./page.js";
import { notice } from "./notice.js";
import { place } from "./place.js";
import { articleOf, closePop } from "./pop.js";
import { on } from "./signals.js";
import { isPressed, markAll, setOnePressed, setPressed } from "./viewer-marks.js";

const onTheWay = new Set();

async function press(button) {
  const address = button.getAttribute("formaction");
  const post = /\/posts\/(\d+)\//.exec(address)?.[1];
  if (!post || onTheWay.has(address)) return;
  const article = articleOf(button);
  const isOn = !isPressed(post, button.dataset.stamp);
  if (button.closest("[data-pop]")) closePop({ focus: true });
  onTheWay.add(address);
  const answer = await send(address, { on: isOn ? "1" : "0" });
  onTheWay.delete(address);
  if (!answer.ok) return notice(document.getElementById(article?.id), answer.error);
  notice(null);
  setPressed(post, answer.body.mine || []);
  place(answer.body.html);
  markAll(post);
}

export function watchStamps() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-stamp][formaction]");
    if (!button) return;
    event.preventDefault();
    press(button);
  });
  on("event", ({ k, s, aux }) => {
    if (k !== "reacted" || s !== `u${memberId()}` || !aux) return;
    setOnePressed(aux.post, aux.stamp, aux.on);
    markAll(aux.post);
  });
}
