// The tools of the composer: signs that go around or before what is selected (and off again), and the preview.
// The old command writes, because it is the only one that 「元に戻す」 can undo.
import { send } from "./ask.js";
import { clearError, showError } from "./field-error.js";
import { nodesOf } from "./place.js";
import { rove } from "./roving.js";
import { on, say } from "./signals.js";
import { type, typeBlock } from "./type.js";

const AROUND = { bold: ["**", "太字"], italic: ["*", "斜体"], code: ["`", "コード"] };
const BEFORE = { quote: [/^> ?/, () => "> "], list: [/^[-*] /, () => "- "], numbers: [/^\d+[.)] /, (at) => `${at + 1}. `] };
const TABLE = "| 項目 | 内容 |\n| --- | --- |\n|  |  |\n";
const NAME = "リンクの名前";

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
  const chosen = value.slice(from, to);
  const isAddress = /^https?:\/\/\S+$/.test(chosen);
  const [name, address] = isAddress ? [NAME, chosen] : [chosen || NAME, "https:\u002f/"];
  const at = isAddress ? 1 : name.length + 3;
  type(field, `[${name}](${address})`, from, to, [at, at + (isAddress ? name : address).length]);
}

function put(field, name) {
  if (AROUND[name]) around(field, AROUND[name]);
  else if (BEFORE[name]) lines(field, BEFORE[name]);
  else if (name === "link") link(field);
  else typeBlock(field, TABLE, 2, 2);
}

function hidePreview(form) {
  const part = form.querySelector("[data-preview]");
  const was = part.hidden;
  part.hidden = true;
  return !was;
}

async function showPreview(form, button) {
  const field = form.elements.text;
  clearError(field);
  const answer = await send(button.getAttribute("formaction"), { cid: form.elements.cid.value, text: field.value });
  if (!answer.ok) return showError(field, answer.error);
  const part = form.querySelector("[data-preview]");
  part.querySelector(".ky-text").replaceChildren(...document.importNode(nodesOf(answer.body.html).body, true).childNodes);
  part.hidden = false;
  say("tell", "プレビューを表示しました。");
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
    if (!event.submitter?.matches("[data-show-preview]")) return;
    event.preventDefault();
    if (!hidePreview(event.target)) showPreview(event.target, event.submitter);
  });
  document.addEventListener("input", ({ target }) => target.matches("form.ky-composer textarea") && hidePreview(target.form));
}
