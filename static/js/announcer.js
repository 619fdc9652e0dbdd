// One polite voice per page, for the open channel only, at most one sentence in three seconds. The list of
// posts itself is no live region: it would read out every edit and every stamp.
import { make, memberId, timeline } from "./page.js";
import { on } from "./signals.js";

const PAUSE = 3000;
let said = 0;
let timer = 0;
let posts = 0;
let replies = 0;
let sentence = "";

function voice() {
  const found = document.querySelector("[data-announcer]");
  if (found) return found;
  const made = make("p", { class: "ky-hidden", role: "status", "data-announcer": true });
  document.body.append(made);
  return made;
}

function speak() {
  timer = 0;
  said = Date.now();
  const parts = [sentence];
  if (posts) parts.push(`新しい投稿が${posts}件あります。`);
  if (replies) parts.push(`新しい返信が${replies}件あります。`);
  [posts, replies, sentence] = [0, 0, ""];
  voice().textContent = parts.join("");
}

function soon() {
  timer ||= setTimeout(speak, Math.max(0, said + PAUSE - Date.now()));
}

export function watchAnnouncer() {
  voice();
  on("placed", ({ home, article, live, again }) => {
    if (!live || again || article.dataset.author === memberId()) return;
    if (home === timeline()) posts += 1;
    else replies += 1;
    soon();
  });
  on("tell", (text) => {
    sentence = text;
    soon();
  });
}
