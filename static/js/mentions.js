// The list that opens after @ and ＠, also straight after Japanese text. The field keeps the focus; the row
// that Enter takes is told by aria-activedescendant. While a word is composed every key is the input method's.
import { fetchPart } from "./ask.js";
import { composing } from "./ime.js";
import { nodesOf } from "./place.js";
import { on, say } from "./signals.js";
import { type } from "./tools.js";

const PAUSE = 120;
const COMPOSER = "form.ky-composer";
const FIELD = `${COMPOSER} textarea, [data-edit-of] textarea`;
const LIST = "[data-mentions-list]";
// A name ends where a sentence pauses: the list of a slow network must not take the rest of it.
const TYPED = /[@＠]([^@＠\n（()）、。]{0,30})$/;
let open = null;
let timer = 0;
let turn = 0;
// Where nobody was found, or Escape was pressed: more letters there find nobody either.
let given = {};

function hide() {
  open?.list.remove();
  open?.field.removeAttribute("aria-activedescendant");
  open = null;
}

function close() {
  clearTimeout(timer);
  turn += 1;
  hide();
}

function point(at) {
  const { rows, field } = open;
  open.at = (at + rows.length) % rows.length;
  rows.forEach((row, place) => row.setAttribute("aria-selected", place === open.at));
  field.setAttribute("aria-activedescendant", rows[open.at].id);
  rows[open.at].scrollIntoView({ block: "nearest" });
}

function look(field) {
  const found = TYPED.exec(field.value.slice(0, field.selectionStart));
  if (!found) return close();
  const [, typed] = found;
  const from = found.index;
  if (given.field === field && given.from === from && typed.startsWith(given.typed)) return close();
  given = {};
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, { field, from, typed });
}

async function ask(place) {
  const { field, typed } = place;
  // A post that is edited stands in the page of its channel.
  const { channel, root = "" } = (field.closest(COMPOSER) || document.querySelector(COMPOSER))?.dataset || {};
  if (!channel) return;
  const mine = ++turn;
  const answer = await fetchPart(`/mentions/?${new URLSearchParams({ channel, root, q: typed })}`);
  if (mine !== turn || document.activeElement !== field) return;
  const isNew = !open;
  hide();
  if (!answer.ok) return;
  const list = document.importNode(nodesOf(answer.text).querySelector(LIST), true);
  const rows = [...list.querySelectorAll("[role=option]")];
  if (!rows.length) return (given = place);
  open = { ...place, list, rows };
  (field.closest(".ky-composer__box") || field).before(list);
  point(0);
  if (isNew) say("tell", `候補${rows.length}件。上下の矢印とEnterで選べます。`);
}

function giveUp() {
  given = { ...open, typed: "" };
  close();
}

function choose(row) {
  const { field, from } = open;
  giveUp();
  type(field, `@${row.dataset.text}`, from, field.selectionStart);
}

function press(event) {
  if (event.target !== open?.field || composing(event)) return;
  const { key, shiftKey, ctrlKey, metaKey } = event;
  if (key === "ArrowDown") point(open.at + 1);
  else if (key === "ArrowUp") point(open.at - 1);
  else if (key === "Escape") giveUp();
  else if (/^(Enter|Tab)$/.test(key) && !shiftKey && !ctrlKey && !metaKey) choose(open.rows[open.at]);
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function watchMentions() {
  on("publish", close);
  const hear = (name, act, capture) => document.addEventListener(name, act, capture);
  hear("focusin", ({ target }) => target.matches(FIELD) && target.setAttribute("aria-autocomplete", "list"));
  hear("input", ({ target }) => target.matches(FIELD) && look(target));
  hear("focusout", ({ target }) => target === open?.field && close());
  hear("keydown", press, true);
  hear("pointerdown", (event) => event.target.closest(LIST) && event.preventDefault());
  hear("click", ({ target }) => {
    const row = target.closest(`${LIST} [role=option]`);
    if (row) choose(row);
  });
  // This module comes when the field is reached: the focus is there already, perhaps with something typed.
  const field = document.activeElement;
  if (!field.matches(FIELD)) return;
  field.setAttribute("aria-autocomplete", "list");
  look(field);
}
