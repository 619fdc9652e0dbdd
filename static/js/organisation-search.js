// A search in place of the select of organisations: kanji, kana and Latin letters find them (combobox of ARIA
// 1.2). The select stays in the form, hidden, and is what is sent; without scripts it is all there is.
import { composing } from "./ime.js";

const finder = document.querySelector("[data-organisations]");
const [help, input, list, count] = finder.children;
const select = document.querySelector("[name=organisation]");
const place = document.querySelector("[name=prefecture]");
const fits = finder.dataset.fits.split(" ");
const hiragana = (sign) => String.fromCharCode(sign.charCodeAt(0) - 96);
const plain = (text) => text.normalize("NFKC").toLowerCase().replace(/[\s'-]/g, "").replace(/[ァ-ヶ]/g, hiragana);
let bodies = [];
let found = [];
let active = -1;

function search() {
  const words = plain(input.value);
  const near = (body) =>
    4 * body.keys.some((key) => key.startsWith(words)) + 2 * (body.place === place.value) + fits.includes(body.slug);
  const hits = bodies.filter((body) =>
    words ? body.keys.some((key) => key.includes(words)) : body.place === place.value,
  );
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
  note.textContent = body.kana + (fits.includes(body.slug) ? "・アドレスと一致" : "");
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
  select.replaceChildren(new Option(body.name, body.slug, true, true));
  input.value = body.full;
  open(false);
}

// Left, or sent with Enter: what can only mean one organisation is chosen.
function settle() {
  const hits = input.value && !select.value ? search() : [];
  const exact = hits.filter((body) => body.keys.includes(plain(input.value)));
  const [only] = [hits, exact].filter((few) => few.length === 1);
  if (only) choose(only[0]);
  open(false);
}

input.onkeydown = (event) => {
  if (composing(event)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && list.hidden) search();
  const size = found.length;
  if (step && size) point(active < 0 ? (step < 0 ? size - 1 : 0) : (active + step + size) % size);
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
  bodies = rows.map(([place, slug, name, full, kana, ...latin]) => {
    return { place, slug, name, full, kana, keys: [name, full, kana, ...latin].map(plain) };
  });
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
