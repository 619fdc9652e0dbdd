// The tools of the composer: signs around or before what is selected (and off again), and cells of a spreadsheet
// that become a table. The preview has a file of its own.
import { rove } from "./roving.js";
import { on } from "./signals.js";

const COMPOSER = "form.ky-composer";
const FIELD = `${COMPOSER} textarea, [data-edit-of] textarea`;

const AROUND = { bold: ["**", "太字"], italic: ["*", "斜体"], code: ["`", "コード"] };
const BEFORE = { quote: [/^> ?/, () => "> "], list: [/^[-*] /, () => "- "], numbers: [/^\d+[.)] /, (at) => `${at + 1}. `] };
const TABLE = "| 項目 | 内容 |\n| --- | --- |\n|  |  |\n";
const NAME = "リンクの名前";
const MOST_ROWS = 200;

// Writes into a field as if it were typed: the old command is the only one that 「元に戻す」 can undo. `select` is
// the part of the text that is chosen afterwards; without it the cursor stands behind.
export function type(field, text, from = field.selectionStart, to = field.selectionEnd, select = null) {
  field.focus();
  field.setSelectionRange(from, to);
  if (!document.execCommand(text ? "insertText" : "delete", false, text)) {
    field.setRangeText(text, from, to, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  if (select) field.setSelectionRange(from + select[0], from + select[1]);
}

// A part of its own: an empty line before it, or the paragraph there would swallow it.
function typeBlock(field, text, at, length) {
  const before = field.value.slice(0, field.selectionStart);
  const gap = /(^|\n\n)$/.test(before) ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const start = gap.length + at;
  type(field, gap + text, undefined, undefined, at && [start, start + length]);
}

function around(field, [sign, word]) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const size = sign.length;
  const chosen = value.slice(from, to);
  if (chosen && value.slice(from - size, from) === sign && value.slice(to, to + size) === sign) {
    return type(field, chosen, from - size, to + size, [0, chosen.length]);
  }
  if (chosen.includes("\n") && sign === "`") return typeBlock(field, `\`\`\`\n${chosen}\n\`\`\`\n`, 4, chosen.length);
  const text = chosen || word;
  type(field, sign + text + sign, from, to, [size, size + text.length]);
}

function lines(field, [pattern, sign]) {
  const { value, selectionStart, selectionEnd } = field;
  const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
  const to = (value + "\n").indexOf("\n", selectionEnd);
  const rows = value.slice(from, to).split("\n");
  const isOn = rows.every((row) => pattern.test(row));
  type(field, rows.map((row, at) => (isOn ? row.replace(pattern, "") : sign(at) + row)).join("\n"), from, to);
}

function link(field) {
  const { selectionStart: from, selectionEnd: to, value } = field;
  const name = value.slice(from, to) || NAME;
  const address = "https:\u002f/";
  type(field, `[${name}](${address})`, from, to, [name.length + 3, name.length + 3 + address.length]);
}

function put(field, name) {
  if (AROUND[name]) around(field, AROUND[name]);
  else if (BEFORE[name]) lines(field, BEFORE[name]);
  else if (name === "link") link(field);
  else typeBlock(field, TABLE, 2, 2);
}

export function tableOf(text) {
  const rows = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((row) => row.split("\t"));
  const width = Math.max(...rows.map((row) => row.length));
  if (width < 2 || rows.length < 2 || rows.length > MOST_ROWS) return null;
  const line = (cells) => `| ${Array.from({ length: width }, (_, at) => cell(cells[at])).join(" | ")} |`;
  const rule = `|${" --- |".repeat(width)}`;
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join("\n");
}

function cell(text = "") {
  return text.trim().replaceAll("\\", "\\\\").replaceAll("|", "\\|");
}

// Pasting without formatting pastes what it always did: then there is no table on the clipboard.
function paste(event) {
  const copied = event.clipboardData;
  const field = event.target.closest?.(FIELD);
  if (!field || !/<table/i.test(copied?.getData("text/html") || "")) return;
  const table = tableOf(copied.getData("text/plain"));
  if (!table) return;
  event.preventDefault();
  typeBlock(field, `${table}\n\n`);
}

function prepare() {
  for (const bar of document.querySelectorAll("[data-marks][hidden]")) {
    bar.hidden = false;
    rove(bar, "button", { focus: false });
  }
}

export function watchTools() {
  prepare();
  on("thread", prepare);
  // The field keeps its selection.
  document.addEventListener("pointerdown", (event) => event.target.closest("[data-mark]") && event.preventDefault());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) put(button.form.elements.text, button.dataset.mark);
  });
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!submitter?.matches("[data-show-preview]")) return;
    event.preventDefault();
    import("./preview.js").then(({ preview }) => preview(form, submitter)).catch(() => {});
  });
  document.addEventListener("input", ({ target }) => {
    if (target.matches(`${COMPOSER} textarea`)) target.form.querySelector("[data-preview]").hidden = true;
  });
  document.addEventListener("paste", paste);
}
