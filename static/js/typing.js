// 「田中さんが書いています」: told at most every three seconds while a text changes, shown for six; not spoken.
import { memberId } from "./page.js";
import { on, say } from "./signals.js";

const writers = new Map();
let toldAt = 0;

function draw() {
  for (const line of document.querySelectorAll("[data-typing]")) {
    const here = [...writers.values()].filter(({ s }) => s === line.dataset.typing);
    line.textContent = here.length ? `${here[1] ? `${here.length}人` : `${here[0].name}さん`}が書いています` : "";
  }
}

export function watchTyping() {
  on("eph", (frame) => {
    if (String(frame.m) === memberId()) return;
    writers.set(frame.m, frame);
    draw();
    setTimeout(() => writers.get(frame.m) === frame && writers.delete(frame.m) && draw(), 6000);
  });
  // What was written has arrived.
  on("echo", ({ author }) => writers.delete(Number(author)) && draw());
  document.addEventListener("input", ({ target: { form, name, value } }) => {
    if (name !== "text" || !value || !form?.dataset.stream || Date.now() - toldAt < 3000) return;
    toldAt = Date.now();
    say("utter", { t: "typing", s: form.dataset.stream });
  });
}
