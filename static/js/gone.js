// Access to the open channel was lost: its text leaves the screen at once.
import { showBanner } from "./banner.js";
import { thread, timeline } from "./page.js";
import { on } from "./signals.js";

const SENTENCE = "このチャンネルは読めなくなりました。退出したか、公開範囲が変わった可能性があります。";

export function watchGone() {
  on("gone", ({ stream }) => {
    for (const row of document.querySelectorAll(`[data-stream="${CSS.escape(stream)}"][data-posts]`)) {
      (row.closest("li") || row).remove();
    }
    const home = timeline();
    if (home?.dataset.stream !== stream) return;
    home.replaceChildren();
    thread()?.closest("#thread")?.remove();
    delete document.querySelector(".ky-app")?.dataset.thread;
    for (const composer of document.querySelectorAll("#main .ky-composer, [data-pending]")) composer.remove();
    showBanner("gone", SENTENCE, { href: "/channels/", label: "チャンネル一覧へ" });
  });
}
