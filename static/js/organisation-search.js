// A search in place of the select of organisations (combobox of ARIA 1.2); the select, hidden, is what is sent.
import { composing } from "./ime.js";

const finder = document.querySelector("[data-organisations]");
const [help, input, list, count] = finder.children;
const select = document.querySelector("[name=organisation]");
const place = document.querySelector("[name=prefecture]");
const hiragana = (sign) => String.fromCharCode(sign.charCodeAt(0) - 96);
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s'-]/g, "").replace(/[ァ-ヶ]/g, hiragana);
let bodies = [];
let found = [];
let active = -1;

function search() {
  const words = plain(input.value);
  const here = (body) => body.place === place.value;
  const near = (body) => 2 * body.keys.some((key) => key.startsWith(words)) + here(body);
  const hits = bodies.filter((body) => (words ? body.keys.some((key) => key.includes(words)) : here(body)));
  found = hits.sort((one, other) => near(other) - near(one)).slice(0, 8);
  list.replaceChildren(...found.map(row));
  count.textContent = hits.length ? `${hits.length}件あります` : "合う団体がありません";
  open(hits.length);
  return hits;
}

function row(body, index) {
  const made = document.createElement("li");
  const note = document.createElement("small");
  made.id = `organisation-${index}`;
  made.role = "option";
  made.className = "ky-finder__choice";
  note.textContent = body.kana;
  made.append(body.full, " ", note);
  made.onclick = () => choose(body);
  return made;
}

function open(shown) {
  list.hidden = !shown;
  input.ariaExpanded = String(!list.hidden);
  point(-1);
}

function point(index) {
  active = index;
  [...list.children].forEach((row, at) => (row.ariaSelected = String(at === index)));
  input.setAttribute("aria-activedescendant", list.children[index]?.id ?? "");
}

function choose(body) {
  place.value = body.place;
  select.replaceChildren(new Option(body.full, body.slug, true, true));
  input.value = body.full;
  open(false);
}

// Left, or sent with Enter: what can only mean one organisation is chosen.
function settle() {
  if (!input.value || select.value) return;
  const hits = search();
  const exact = hits.filter((body) => body.keys.includes(plain(input.value)));
  for (const few of [hits, exact]) if (few.length === 1) choose(few[0]);
}

input.onkeydown = (event) => {
  if (composing(event)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && list.hidden) search();
  if (step && found.length) point((Math.max(active, step < 0 ? 0 : -1) + step + found.length) % found.length);
  else if (event.key === "Enter" && active >= 0) choose(found[active]);
  else if (event.key === "Escape" && !list.hidden) open(false);
  else return;
  event.preventDefault();
};
input.oninput = () => {
  select.value = "";
  search();
};
input.onchange = settle;
input.onblur = () => open(false);
list.onmousedown = (event) => event.preventDefault();
place.onchange = () => {
  if (select.value) select.value = input.value = "";
};

function begin(rows) {
  bodies = rows.map(([place, slug, ...keys]) => ({ place, slug, full: keys[1], kana: keys[2], keys: keys.map(plain) }));
  input.value = bodies.find((body) => body.slug === select.value)?.full ?? input.value;
  input.id = select.id;
  select.removeAttribute("id");
  input.ariaInvalid = select.ariaInvalid;
  input.setAttribute("aria-describedby", `${help.id} ${select.getAttribute("aria-describedby") ?? ""}`);
  select.before(help, input, list, count);
  select.hidden = document.querySelector("[name=deed][value=prefecture]").hidden = true;
}

fetch(finder.dataset.organisations)
  .then((answer) => answer.json())
  .then(begin, () => {}); // without the list the selects stay
