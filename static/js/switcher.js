// The dialogs behind the keys: the switcher, with the places that fit what is typed, and the list of all keys.
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
