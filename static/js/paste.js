// Cells copied from a spreadsheet become a Markdown table. Pasting without formatting pastes what it always
// did, because then there is no table on the clipboard.
import { typeBlock } from "./type.js";

const MOST_ROWS = 200;

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

export function watchPasting() {
  document.addEventListener("paste", (event) => {
    const field = event.target.closest?.(".ky-composer textarea, [data-edit-of] textarea");
    if (!field || !/<table/i.test(event.clipboardData?.getData("text/html") || "")) return;
    const table = tableOf(event.clipboardData.getData("text/plain"));
    if (!table) return;
    event.preventDefault();
    typeBlock(field, `${table}\n\n`);
  });
}
