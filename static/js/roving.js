// One stop for Tab, arrows inside. In a grid the arrows up and down go to the nearest in the next row. Answers
// with a function to call when items were hidden or shown.
import { composing } from "./ime.js";

export function rove(container, selector, { focus = true } = {}) {
  const items = () => [...container.querySelectorAll(selector)].filter((item) => !item.closest("[hidden]"));
  const refresh = () => items().forEach((item, place) => (item.tabIndex = place === 0 ? 0 : -1));
  refresh();

  function go(item) {
    for (const other of items()) other.tabIndex = other === item ? 0 : -1;
    item.focus();
  }

  container.addEventListener("keydown", (event) => {
    const all = items();
    const at = all.indexOf(document.activeElement);
    if (composing(event) || at < 0) return;
    const next = wanted(event.key, all, at);
    if (!next) return;
    event.preventDefault();
    go(next);
  });
  if (focus) items()[0]?.focus();
  return refresh;
}

function wanted(key, all, at) {
  const count = all.length;
  if (key === "ArrowRight") return all[(at + 1) % count];
  if (key === "ArrowLeft") return all[(at - 1 + count) % count];
  if (key === "Home") return all[0];
  if (key === "End") return all[count - 1];
  if (key === "ArrowDown") return nearest(all, at, 1) || all[0];
  if (key === "ArrowUp") return nearest(all, at, -1) || all[count - 1];
  return null;
}

function nearest(all, at, direction) {
  const from = all[at].getBoundingClientRect();
  const distance = ({ left, top }) => Math.abs(top - from.top) * 1000 + Math.abs(left - from.left);
  const beyond = all.filter((item) => direction * (item.getBoundingClientRect().top - from.top) > from.height / 2);
  const ordered = beyond.map((item) => [distance(item.getBoundingClientRect()), item]);
  return ordered.sort((one, other) => one[0] - other[0])[0]?.[1];
}
