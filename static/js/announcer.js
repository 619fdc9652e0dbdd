// One polite voice per page, for the open channel only, at most one sentence in three seconds. The list of
// posts itself is no live region: it would read out every edit and every stamp. How much is said is the
// member's own setting: nothing, how many there are, or who wrote what.
import { make, memberId, timeline } from "./page.js";
import { on } from "./signals.js";

const PAUSE = 3000;
const READ = 3; // posts in full at once, then only their number
const LONGEST = 200;
const wish = () => document.body.dataset.announcing || "count";
let said = 0;
let timer = 0;
let posts = 0;
let replies = 0;
let sentence = "";
let words = [];

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
  if (wish() === "full" && words.length <= READ) {
    parts.push(...words);
    posts = replies = 0;
  }
  words = [];
  if (posts) parts.push(`新しい投稿が${posts}件あります。`);
  if (replies) parts.push(`新しい返信が${replies}件あります。`);
  [posts, replies, sentence] = [0, 0, ""];
  voice().textContent = parts.join("");
}

function soon() {
  timer ||= setTimeout(speak, Math.max(0, said + PAUSE - Date.now()));
}

function spoken(article) {
  const text = (part) => article.querySelector(part)?.textContent.trim().replace(/\s+/g, " ") || "";
  const said = text(".ky-text");
  return `${text(".ky-post__name")}さん。${said.length > LONGEST ? `${said.slice(0, LONGEST)}、以下略` : said}。`;
}

export function watchAnnouncer() {
  voice();
  on("placed", ({ home, article, live, again }) => {
    if (!live || again || article.dataset.author === memberId() || wish() === "off") return;
    words.push(spoken(article));
    if (home === timeline()) posts += 1;
    else replies += 1;
    soon();
  });
  on("tell", (text) => {
    sentence = text;
    soon();
  });
}
