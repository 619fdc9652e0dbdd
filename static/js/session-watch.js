// The end of the session: said two minutes before, extended by a button or by using the page, and when it has
// come the page stays as it is. Clocks of terminals are wrong, so only spans are measured here.
import { fetchFacts, loginAddress, send } from "./ask.js";
import { hideBanner, showBanner } from "./banner.js";
import { make, memberId } from "./page.js";
import { on, say } from "./signals.js";

const ADDRESS = "/accounts/session/";
const WARN_AT = 120;
const USE_NOTED_EVERY = 60;
const SOON = "操作がないため、まもなくログインが終わります。書きかけの文章は、このまま残ります。";
const LAST = "ログインから時間がたったため、まもなくログインが終わります。書きかけの文章を送ってください。";
const OVER = "ログインが終わりました。書きかけの文章は残っています。新しいタブでログインし直すと、続きから送れます。";
let timer = 0;
let ends = 0;
let used = false;
let saidAt = 0;
let isOver = false;

const left = () => Math.round((ends - Date.now()) / 1000);

function plan(seconds) {
  ends = Date.now() + seconds * 1000;
  clearTimeout(timer);
  timer = setTimeout(look, 1000 * Math.max(1, seconds > WARN_AT ? seconds - WARN_AT : seconds));
}

async function ask(extend) {
  const answer = await (extend ? send : fetchFacts)(ADDRESS);
  if (answer.status === 401) return over();
  if (!answer.ok) return plan(Math.max(left(), 10));
  const { left: seconds, member } = answer.body;
  if (memberId() && String(member) !== memberId()) return location.reload();
  if (isOver) revive();
  plan(seconds);
  if (seconds <= WARN_AT) warn(extend);
  else hideBanner("session");
}

// Another tab may have extended it: the server is asked before anything is said.
function look() {
  ask(used);
  used = false;
}

// A page that was sent just before is not asked again: one warning per end.
function warn(extended) {
  if (document.querySelector('[data-banner="session"]') && !extended) return;
  showBanner("session", extended ? LAST : SOON);
  if (extended) return;
  const button = make("button", { class: "ky-button", type: "button", "data-size": "small" }, "延長する");
  button.addEventListener("click", () => ask(true));
  document.querySelector('[data-banner="session"]').append(button);
}

function over() {
  if (isOver) return;
  isOver = true;
  clearTimeout(timer);
  hideBanner("session");
  if (document.querySelector('[data-banner="live"] a')) hideBanner("live");
  showBanner("session", OVER, { href: loginAddress(), label: "ログインし直す" });
  const link = document.querySelector('[data-banner="session"] a');
  link.target = "_blank";
  link.rel = "noopener";
}

function revive() {
  isOver = false;
  hideBanner("session");
  say("retry-live");
}

// Writing a long text sends nothing; it is use all the same.
function use() {
  used = true;
  if (isOver || Date.now() - saidAt < USE_NOTED_EVERY * 1000) return;
  saidAt = Date.now();
  used = false;
  ask(true);
}

// Or somebody else has logged in: the answer tells.
on("signed-out", () => ask(false));
saidAt = Date.now();
plan(Number(document.body.dataset.left));
for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, use, { passive: true });
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask(false);
});
// Two windows side by side: the one in which to go on was never hidden.
window.addEventListener("focus", () => isOver && ask(false));
