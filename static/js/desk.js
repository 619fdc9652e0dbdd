// The approvers' desk by keyboard. Single keys can be switched off (WCAG 2.2, 2.1.4). Without this script the
// same is done by links, boxes and buttons.
import { fetchPage } from "./ask.js";
import { composing } from "./ime.js";
import { nodesOf } from "./place.js";

const OFF = "kyoso-desk-keys-off";
const find = (selector) => document.querySelector(selector);
const current = () => find(".ky-case[aria-current]");
const shown = () => find(".ky-application");
const twoScreens = () => !shown()?.offsetParent;

// The case comes into the page, so that what was picked stays picked.
async function show(row) {
  const link = row.querySelector("a");
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  link.focus();
  shown().inert = true; // nobody approves the case before by a quick click
  const answer = await fetchPage(link.href);
  if (current() !== row) return;
  const fresh = answer.ok && nodesOf(answer.text).querySelector(".ky-application");
  if (!fresh) return location.assign(link);
  shown().replaceWith(fresh);
  history.replaceState(null, "", link);
}

function step(by) {
  const rows = [...document.querySelectorAll(".ky-case")];
  const next = rows[rows.indexOf(current()) + by];
  if (next && !twoScreens()) show(next);
}

function pick() {
  const box = current()?.querySelector("input");
  if (box) box.click();
  else tell("証拠がそろっていないため、まとめて承認できません");
}

function tell(text) {
  const status = find("#picked");
  if (status) status.textContent = text;
}

function count() {
  const number = document.querySelectorAll(".ky-case input:checked").length;
  tell(number ? `${number}件を選択。すべて証拠あり` : "");
  find("#batch [type=submit]").textContent = `${number || ""}${number ? "件を" : ""}まとめて承認`;
}

// One key admits a person: only the one who is marked and shown, and not beside an open form.
function approve() {
  const form = find("#approve");
  if (!form || form.dataset.sent || find(".ky-application[inert], .ky-decline[open]")) return;
  const missing = [...form.elements].find((field) => !field.checkValidity());
  if (missing) return missing.focus();
  form.dataset.sent = "";
  form.requestSubmit();
}

function open(id) {
  const details = find(`.ky-application:not([inert]) #${id}`);
  if (!details) return;
  details.open = true;
  details.querySelector("textarea").focus();
}

const DEEDS = { j: () => step(1), k: () => step(-1), x: pick, a: approve, q: () => open("ask"), d: () => open("decline") };

function pressed(event) {
  if (composing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
  const details = event.key === "Escape" && find(".ky-decline[open]");
  if (details) {
    details.open = false;
    return details.querySelector("summary").focus();
  }
  const deed = DEEDS[event.key.toLowerCase()];
  const writing = event.target.closest("textarea, select, input:not([type=checkbox], [type=radio])");
  if (!deed || writing || localStorage.getItem(OFF) || (event.repeat && !"jk".includes(event.key))) return;
  event.preventDefault();
  deed();
}

function showKeys() {
  const off = Boolean(localStorage.getItem(OFF));
  find("[data-switch]").textContent = off ? "キー操作を使う" : "キー操作を切る";
  find("#keys").hidden = off;
  document.body.toggleAttribute("data-no-keys", off);
}

find(".ky-keys").hidden = false;
find("[data-switch]").addEventListener("click", () => {
  localStorage.setItem(OFF, localStorage.getItem(OFF) ? "" : "1");
  showKeys();
});
document.addEventListener("keydown", pressed);
find("#batch")?.addEventListener("reset", () => setTimeout(count));
const list = find(".ky-triage__rows");
list?.addEventListener("change", count);
list?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || twoScreens()) return;
  event.preventDefault();
  show(link.closest("li"));
});
showKeys();
document.body.dataset.awake = "";
