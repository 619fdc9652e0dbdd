// The approvers' desk by keyboard: j and k go on and back, x picks, a approves, q asks, d declines. Single keys
// can be switched off (WCAG 2.2, 2.1.4). Without this script the same is done by links, boxes and buttons.
import { composing } from "./ime.js";

const OFF = "kyoso-desk-keys-off";
const find = (selector) => document.querySelector(selector);
const current = () => find(".ky-case[aria-current]");
const shown = () => find(".ky-application");

// The case comes into the page, so that what was picked stays picked. On a phone the link is followed.
async function show(row) {
  const { href } = row.querySelector("a");
  if (!shown()?.offsetParent || !row.offsetParent) return location.assign(href);
  current()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
  row.querySelector("a").focus();
  shown().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (current() !== row) return;
    shown().replaceWith(document.adoptNode(page.querySelector(".ky-application")));
    history.replaceState(null, "", href);
  } catch {
    location.assign(href);
  }
}

function step(by) {
  const rows = [...document.querySelectorAll(".ky-case")];
  const next = rows[rows.indexOf(current()) + by];
  if (next) show(next);
}

function pick() {
  const box = current()?.querySelector("input");
  if (box) box.click();
  else tell("この申し込みは証拠がそろっていないため、まとめて承認できません");
}

function tell(text) {
  const status = find("#picked");
  if (status) status.textContent = text;
}

function count() {
  const number = document.querySelectorAll(".ky-case input:checked").length;
  tell(number ? `${number}件を選択。すべて証拠あり` : "証拠がそろった申し込みは、選んでまとめて承認できます");
  const button = find("#batch [type=submit]");
  if (button) button.textContent = number ? `${number}件をまとめて承認` : "まとめて承認";
}

// One key admits a person, so it waits until the case beside the queue is the one that is marked.
function approve() {
  const form = find("#approve");
  if (!form || form.dataset.sent || shown().ariaBusy === "true") return;
  const missing = [...form.elements].find((field) => !field.checkValidity());
  if (missing) return missing.focus();
  form.dataset.sent = "";
  form.requestSubmit();
}

function open(id) {
  const details = document.getElementById(id);
  if (!details || shown().ariaBusy === "true") return;
  details.open = true;
  details.querySelector("textarea").focus();
}

const DEEDS = { j: () => step(1), k: () => step(-1), x: pick, a: approve, q: () => open("ask"), d: () => open("decline") };

function pressed(event) {
  if (composing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
  const details = event.target.closest("details[open]");
  if (event.key === "Escape" && details) {
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
  if (localStorage.getItem(OFF)) localStorage.removeItem(OFF);
  else localStorage.setItem(OFF, "1");
  showKeys();
});
document.addEventListener("keydown", pressed);
document.addEventListener("change", (event) => event.target.matches(".ky-case input") && count());
document.addEventListener("reset", () => setTimeout(count));
find(".ky-triage__rows")?.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !shown()?.offsetParent) return;
  event.preventDefault();
  show(link.closest(".ky-case"));
});
showKeys();
document.body.dataset.awake = "";
