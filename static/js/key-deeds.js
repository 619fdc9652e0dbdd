// What the keys do: from post to post, the switcher with the places that fit what is typed, the list of all keys.
import { fetchPart } from "./ask.js";
import { composing } from "./ime.js";
import { make } from "./page.js";
import { nodesOf } from "./place.js";
import { modal } from "./sheet.js";
import { say } from "./signals.js";

const PAUSE = 120;
let timer = 0;
let asked = 0;
let sheet = null;

// The next or the one before of whatever the page lists; at first the topmost one in sight.
export function step(direction) {
  const home = document.activeElement.closest("#thread-posts, main") || document.querySelector("main");
  const all = [...home.querySelectorAll("article")];
  const at = all.indexOf(document.activeElement.closest("article"));
  const next = at < 0 ? all.find((one) => one.getBoundingClientRect().bottom > 100) : all[at + direction];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
}

const opener = () => document.querySelector("a[data-switch]").dataset;

// The sheet of styles comes with the first dialog: no page carries it for those who never press these keys.
async function fetched(address) {
  sheet ||= document.head.appendChild(make("link", { rel: "stylesheet", href: opener().sheet }));
  const answer = await fetchPart(address);
  return answer.ok ? document.importNode(nodesOf(answer.text).body.firstElementChild, true) : make("p", {}, answer.error);
}

export async function explain() {
  const close = make("form", { method: "dialog" }, make("button", { class: "ky-button", autofocus: true }, "閉じる"));
  modal({ "aria-label": "キーボードの操作" }, await fetched("/help/"), close);
}

export function switchPlace() {
  const name = opener().switch;
  const field = make("input", { class: "ky-input", type: "search", "aria-label": name, maxlength: 60, autocomplete: "off" });
  const dialog = modal({ class: "ky-dialog ky-switch__dialog", "aria-label": name }, name, field, make("p"));
  const places = () => [...dialog.querySelectorAll("a")];

  async function fill() {
    clearTimeout(timer);
    const turn = ++asked;
    const found = await fetched(`/switch/?q=${encodeURIComponent(field.value)}`);
    if (turn !== asked) return;
    dialog.lastElementChild.replaceWith(found);
    say("tell", `行き先が${places().length}件あります。`);
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(fill, PAUSE);
  });
  dialog.addEventListener("keydown", async (event) => {
    const all = places();
    const at = all.indexOf(document.activeElement);
    const to = { ArrowDown: all[at + 1], ArrowUp: at < 0 ? all.at(-1) : all[at - 1] };
    const isGoing = event.key === "Enter" && at < 0;
    if (composing(event) || !(isGoing || event.key in to)) return;
    event.preventDefault();
    if (!isGoing) return (to[event.key] || field).focus();
    await fill();
    places()[0]?.click();
  });
  fill();
}
