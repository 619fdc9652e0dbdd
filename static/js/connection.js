// Says how posts arrive, as a word, what it means, and what to do when they do not.
import { loginAddress } from "./ask.js";
import { hideBanner, showBanner } from "./banner.js";
import { on, say } from "./signals.js";

// A restart of the server takes a moment; only a longer one is worth a word.
const PATIENCE = 2500;
const KEY = "kyoso-line";
const ENDINGS = {
  4403: "ログアウトしたか、利用が止められました。続けるには、もう一度ログインしてください。",
  4409: "ほかの画面を多く開いているため、この画面の自動更新を止めました。",
};
let timer = 0;
let line = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

// What 接続診断 tells of this tab: the way in use since when, the last break, how many numbers were missing.
export const lineSoFar = () => line;

function note(change) {
  line = { ...line, ...change };
  if (document.body.dataset.terminal === "shared") return; // a shared terminal keeps nothing
  try {
    sessionStorage.setItem(KEY, JSON.stringify(line));
  } catch {
    // Then it tells of this page only.
  }
}

function remember({ state, rung }) {
  const isOff = /WAIT|STOPPED|MANUAL/.test(state);
  if (state === "LIVE" && (line.isOff || line.rung !== rung)) note({ rung, since: Date.now(), isOff: false });
  if (isOff && !line.isOff) note({ off: Date.now(), isOff });
  if (state === "HELLO") note({ gaps: (line.gaps || 0) + 1 });
}

function show(state) {
  for (const shown of document.querySelectorAll("[data-live-state]")) {
    if (shown.dataset.liveState === state) continue;
    shown.dataset.liveState = state;
    // The words stand in the page: the first is shown, the whole is what it means.
    const link = shown.firstChild;
    link.title = link.dataset[state];
    link.textContent = link.title.split("：")[0];
  }
  for (const button of document.querySelectorAll("[data-live-retry]")) button.hidden = state !== "off";
  for (const link of document.querySelectorAll("[data-live-reload]")) link.hidden = state !== "manual";
}

function heard(detail) {
  const { state, rung, code } = detail;
  remember(detail);
  if (state === "WAIT") {
    timer ||= setTimeout(() => show("off"), PATIENCE);
  } else if (state === "LIVE" || state === "STOPPED" || state === "MANUAL") {
    clearTimeout(timer);
    timer = 0;
    if (state === "STOPPED") return stopped(code);
    hideBanner("live");
    show(state === "MANUAL" ? "manual" : rung === "poll" ? "near" : "instant");
  }
}

function stopped(code) {
  show("off");
  if (code === 4401) return say("signed-out");
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
