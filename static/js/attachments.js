// Files: chosen, pasted or dropped onto the composer. Each is sent at once and shown by name; its key goes
// with the text. What is taken out again is forgotten by the server, too.
import { send } from "./ask.js";
import { make } from "./page.js";
import { on, say } from "./signals.js";

const ADDRESS = "/attachments/";
const MOST = 10;
const LARGEST = 10 * 1024 * 1024;
const LIMIT = 300000;
const PASTED = "貼り付けた画像";
const listOf = (form) => form.querySelector(".ky-waiting__list");
const composerOf = (event) => event.target.closest?.("form.ky-composer");
let queue = Promise.resolve();

function hidden(name, value) {
  return make("input", { type: "hidden", name, value });
}

function button(label, name) {
  const attributes = { type: "button", class: "ky-button", "data-size": "x-small", "data-kind": "text", "data-drop-file": true };
  return make("button", { ...attributes, "aria-label": `${name}を${label}` }, label);
}

// The text field decides how the composer looks; it hears of files as it hears of keys.
function changed(form) {
  form.elements.text.dispatchEvent(new Event("input", { bubbles: true }));
}

// Who stands on the button stays on it.
function draw(row, ...parts) {
  const isHeld = row.contains(document.activeElement);
  row.removeAttribute("data-uploading");
  row.replaceChildren(...parts);
  if (isHeld) row.querySelector("button").focus();
}

function settle(row, key, label) {
  row.dataset.key = key;
  draw(row, make("span", {}, label), hidden("file", key), hidden("file_label", `${key} ${label}`), button("外す", label));
}

function fail(row, sentence) {
  row.dataset.failed = "";
  draw(row, make("span", { role: "alert" }, sentence), button("閉じる", "この知らせ"));
}

async function upload(form, row, file) {
  if (!row.isConnected) return;
  const body = new FormData();
  body.set("upload", file, file.name);
  const answer = await send(ADDRESS, {}, { body, limit: LIMIT });
  const { key, label } = answer.body;
  if (!row.isConnected) return key && forget(key);
  if (answer.ok) settle(row, key, label);
  else fail(row, answer.body.error ? answer.error : `「${file.name}」：${answer.error}`);
  if (answer.ok) say("tell", `${label}を添付しました。`);
  changed(form);
}

function forget(key) {
  return send(`${ADDRESS}${key}/removal/`);
}

function add(form, files) {
  const list = listOf(form);
  for (const file of files) {
    const row = make("li", { class: "ky-waiting__file", "data-uploading": true });
    const room = list.querySelectorAll("[data-key], [data-uploading]").length < MOST;
    row.append(make("span", {}, `${file.name}を送っています`), button("やめる", `${file.name}の添付`));
    list.append(row);
    if (!room) fail(row, `「${file.name}」：添付できるのは1つの投稿に${MOST}個までです。`);
    else if (file.size > LARGEST) fail(row, `「${file.name}」：ファイルは1つ10MBまでです。`);
    else queue = queue.then(() => upload(form, row, file));
  }
  if (list.querySelector("[data-uploading]")) say("tell", "ファイルを送っています。");
  changed(form);
}

function drop(row) {
  const form = row.closest("form");
  const { key } = row.dataset;
  row.remove();
  if (key) forget(key);
  changed(form);
  form.querySelector("[data-attach-field]").focus();
}

// What the server put into the page when it refused a text, and what comes back with a text.
function adopt() {
  for (const row of document.querySelectorAll(".ky-waiting__file label")) {
    settle(row.parentNode, row.parentNode.dataset.key, row.textContent.trim());
  }
}

function putBack({ form, fields }) {
  for (const [name, value] of Array.isArray(fields) ? fields : []) {
    const [key, label] = name === "file_label" ? [value.slice(0, 36), value.slice(37)] : [];
    if (!key || listOf(form).querySelector(`[data-key="${CSS.escape(key)}"]`)) continue;
    const row = make("li", { class: "ky-waiting__file" });
    settle(row, key, label);
    listOf(form).append(row);
  }
}

// An image alone: cells and texts bring a picture of themselves along.
function pasted(event) {
  const { files, types } = event.clipboardData;
  if (!files.length || types.includes("text/plain") || types.includes("text/html")) return [];
  return [...files].map((file) => (/^image\.\w+$/.test(file.name) ? new File([file], `${PASTED}${file.name.slice(5)}`) : file));
}

function watchDragging() {
  const mark = (form) => {
    for (const one of document.querySelectorAll("form.ky-composer")) one.toggleAttribute("data-drop", one === form);
  };
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    // Beside the composer a file would replace the page.
    event.preventDefault();
    event.dataTransfer.dropEffect = composerOf(event) ? "copy" : "none";
    mark(composerOf(event));
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || mark(null));
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    mark(null);
    if (composerOf(event)) add(composerOf(event), event.dataTransfer.files);
  });
}

adopt();
watchDragging();
on("thread", adopt);
on("files-sent", (form) => listOf(form).replaceChildren());
on("files-back", putBack);
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-attach-field]")) return;
  add(target.form, target.files);
  target.value = "";
});
document.addEventListener("paste", (event) => {
  const files = composerOf(event) ? pasted(event) : [];
  if (!files.length) return;
  event.preventDefault();
  add(composerOf(event), files);
});
document.addEventListener("click", ({ target }) => {
  const found = target.closest("[data-drop-file]");
  if (found) drop(found.closest("li"));
});
