// The list that opens after @ and ＠, also straight after Japanese text. The field keeps the focus; the row
// that Enter takes is told by aria-activedescendant. While a word is composed every key is the input method's.
import { fetchPart } from "./ask.js";
import { composing } from "./ime.js";
import { nodesOf } from "./place.js";
import { say } from "./signals.js";
import { type } from "./type.js";

const PAUSE = 120;
const FIELD = "form.ky-composer textarea, [data-edit-of] textarea";
const TYPED = /[@＠]([^@＠\n（()）]{0,30})$/;
let open = null;
let timer = 0;
let asked = 0;
// Where nobody was found, or Escape was pressed: more letters there find nobody either.
let given = null;

const rows = () => [...(open?.list.querySelectorAll('[role="option"]') || [])];

function close() {
  clearTimeout(timer);
  asked += 1;
  if (!open) return;
  open.list.remove();
  for (const name of ["aria-activedescendant", "aria-controls"]) open.field.removeAttribute(name);
  open = null;
}

function point(at) {
  const all = rows();
  open.at = (at + all.length) % all.length;
  all.forEach((row, place) => row.setAttribute("aria-selected", String(place === open.at)));
  open.field.setAttribute("aria-activedescendant", all[open.at].id);
  all[open.at].scrollIntoView({ block: "nearest" });
}

function channelOf(field) {
  return (field.closest("form.ky-composer") || document.querySelector("form.ky-composer"))?.dataset.channel;
}

function look(field) {
  const before = field.value.slice(0, field.selectionStart);
  const found = TYPED.exec(before);
  if (!found || field.selectionStart !== field.selectionEnd) return close();
  const place = { field, from: found.index, typed: found[1] };
  if (given?.field === field && given.from === place.from && place.typed.startsWith(given.typed)) return close();
  given = null;
  clearTimeout(timer);
  timer = setTimeout(ask, PAUSE, place);
}

async function ask(place) {
  const channel = channelOf(place.field);
  if (!channel) return;
  const turn = ++asked;
  const query = new URLSearchParams({ channel, q: place.typed });
  const answer = await fetchPart(`/mentions/?${query}`);
  if (turn !== asked || !answer.ok || document.activeElement !== place.field) return;
  const list = nodesOf(answer.text).querySelector("[data-mentions-list]");
  if (!list?.querySelector('[role="option"]')) {
    close();
    given = place;
    return;
  }
  show(place, document.importNode(list, true));
}

function show(place, list) {
  const isNew = !open;
  open?.list.remove();
  open = { ...place, list, at: 0 };
  const { field } = place;
  (field.closest(".ky-composer__box") || field).before(list);
  field.setAttribute("aria-controls", list.querySelector("ul").id);
  point(0);
  if (isNew) say("tell", `候補が${rows().length}件あります。上下の矢印キーで選び、Enterで決めます。`);
}

function choose(row) {
  const { field, from } = open;
  const text = `@${row.dataset.text}`;
  const to = field.selectionStart;
  close();
  given = { field, from, typed: "" };
  type(field, text, from, to);
}

function press(event) {
  if (!open || event.target !== open.field || composing(event)) return;
  const { key } = event;
  if (key === "ArrowDown") point(open.at + 1);
  else if (key === "ArrowUp") point(open.at - 1);
  else if ((key === "Enter" && !event.ctrlKey && !event.metaKey) || (key === "Tab" && !event.shiftKey)) {
    choose(rows()[open.at]);
  } else if (key === "Escape") {
    given = { field: open.field, from: open.from, typed: "" };
    close();
  } else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

export function watchMentions() {
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches(FIELD)) return;
    target.setAttribute("aria-autocomplete", "list");
    target.setAttribute("aria-haspopup", "listbox");
  });
  document.addEventListener("input", ({ target }) => target.matches(FIELD) && look(target));
  document.addEventListener("keydown", press, true);
  document.addEventListener("focusout", ({ target }) => target === open?.field && close());
  document.addEventListener("pointerdown", (event) => event.target.closest("[data-mentions-list]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const row = open && event.target.closest('[data-mentions-list] [role="option"]');
    if (row) choose(row);
    else if (open && event.target === open.field) look(open.field);
  });
}
