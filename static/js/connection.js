// Says how posts arrive, as a word, and what to do when they do not.
import { loginAddress } from "./ask.js";
import { hideBanner, showBanner } from "./banner.js";
import { on, say } from "./signals.js";

// A restart of the server takes a moment; only a longer one is worth a word.
const PATIENCE = 2500;
const WORDS = { instant: "即時", near: "準即時", manual: "手動", off: "切断中" };
const ENDINGS = {
  4401: "ログインの有効期限が切れました。書きかけの文章は残っています。",
  4403: "ログアウトしたか、利用が止められました。続けるには、もう一度ログインしてください。",
  4409: "ほかの画面を多く開いているため、この画面の自動更新を止めました。",
};
let timer = 0;

function show(state) {
  for (const line of document.querySelectorAll("[data-live-state]")) {
    if (line.dataset.liveState === state) continue;
    line.dataset.liveState = state;
    line.textContent = WORDS[state];
  }
  for (const button of document.querySelectorAll("[data-live-retry]")) button.hidden = state !== "off";
}

function heard({ state, rung, code }) {
  if (state === "LIVE") {
    clearTimeout(timer);
    timer = 0;
    hideBanner("live");
    show(rung === "poll" ? "near" : "instant");
  } else if (state === "WAIT" && !timer) {
    timer = setTimeout(() => show("off"), PATIENCE);
  } else if (state === "STOPPED") {
    clearTimeout(timer);
    timer = 0;
    stopped(code);
  }
}

function stopped(code) {
  show("off");
  if (code === 4409) return showBanner("live", ENDINGS[code]);
  for (const button of document.querySelectorAll("[data-live-retry]")) button.hidden = true;
  showBanner("live", ENDINGS[code], { href: loginAddress(), label: "ログインする" });
}

export function watchConnection() {
  on("live", heard);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-live-retry]")) say("retry-live");
  });
}
