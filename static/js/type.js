// Writes into a field as if it were typed. The old command is the only one that 「元に戻す」 can undo. `select` is
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
export function typeBlock(field, text, at, length) {
  const before = field.value.slice(0, field.selectionStart);
  const gap = /(^|\n\n)$/.test(before) ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const start = gap.length + at;
  type(field, gap + text, undefined, undefined, at && [start, start + length]);
}
