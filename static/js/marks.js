// The toolbar: each sign goes around or before what is selected, and off again when it is there. The old
// command writes, because it is the only one that 「元に戻す」 can undo.
import { composing } from "./ime.js";
import { on } from "./signals.js";

const AROUND = { bold: ["**", "太字"], italic: ["*", "斜体"], code: ["`", "コード"] };
const BEFORE = { quote: /^> ?/, list: /^[-*] /, numbers: /^\d+[.)] / };
const TABLE = "| 項目 | 内容 |\n| --- | --- |\n|  |  |";

function write(field, from, to, text, select = [text.length, text.length]) {
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.setSelectionRange(from + select[0], from + select[1]);
}

function around(field, [sign, word]) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const size = sign.length;
  const chosen = value.slice(from, to);
  if (chosen && value.slice(from - size, from) === sign && value.slice(to, to + size) === sign) {
    return write(field, from - size, to + size, chosen, [0, chosen.length]);
  }
  if (sign === "`" && chosen.includes("\n")) return block(field, `\`\`\`\n${chosen}\n\`\`\``, [4, 4 + chosen.length]);
  const text = chosen || word;
  write(field, from, to, sign + text + sign, [size, size + text.length]);
}

// Whole lines, with an empty one before where a paragraph would swallow the sign.
function lines(field, name) {
  const { value, selectionStart, selectionEnd } = field;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const end = value.indexOf("\n", selectionEnd);
  const to = end < 0 ? value.length : end;
  const rows = value.slice(from, to).split("\n");
  const isOn = rows.every((row) => BEFORE[name].test(row));
  const sign = { quote: () => "> ", list: () => "- ", numbers: (at) => `${at + 1}. ` }[name];
  const text = rows.map((row, at) => (isOn ? row.replace(BEFORE[name], "") : sign(at) + row)).join("\n");
  write(field, from, to, text);
}

function block(field, text, select) {
  const { value, selectionStart: from, selectionEnd: to } = field;
  const before = value.slice(0, from);
  const gap = /(^|\n\n)$/.test(before) ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const after = value.slice(to).startsWith("\n") ? "" : "\n";
  write(field, from, to, gap + text + after, select.map((place) => gap.length + place));
}

function link(field) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const chosen = value.slice(from, to);
  if (/^https?:\/\/\S+$/.test(chosen)) return write(field, from, to, `[リンクの名前](${chosen})`, [1, 7]);
  const name = chosen || "リンクの名前";
  write(field, from, to, `[${name}](https:\u002f/)`, [name.length + 3, name.length + 11]);
}

function put(field, name) {
  if (AROUND[name]) around(field, AROUND[name]);
  else if (BEFORE[name]) lines(field, name);
  else if (name === "link") link(field);
  else block(field, TABLE, [2, 4]);
}

function prepare() {
  for (const bar of document.querySelectorAll("[data-marks][hidden]")) {
    bar.hidden = false;
    [...bar.children].forEach((button, at) => (button.tabIndex = at ? -1 : 0));
  }
}

// One stop for Tab, arrows inside.
function walk(event) {
  const bar = event.target.closest?.("[data-marks]");
  if (!bar || composing(event)) return;
  const all = [...bar.children];
  const at = all.indexOf(event.target);
  const step = { ArrowRight: at + 1, ArrowLeft: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  all.forEach((button, place) => (button.tabIndex = place === step % all.length ? 0 : -1));
  all[step % all.length].focus();
}

export function watchMarks() {
  prepare();
  on("thread", prepare);
  document.addEventListener("keydown", walk);
  // The field keeps its selection.
  document.addEventListener("pointerdown", (event) => event.target.closest("[data-mark]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) put(button.closest("form").elements.text, button.dataset.mark);
  });
}
