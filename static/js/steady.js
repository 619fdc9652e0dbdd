// Content may change, the reader's place may not: whoever reads the end goes on reading the end, and for
// everybody else what they read stays where it is.
const NEAR = 48;

export function scrollerOf(node) {
  return node?.closest(".ky-app__scroll") || document.scrollingElement;
}

export function atEnd(node) {
  const scroller = scrollerOf(node);
  return !scroller || scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight <= NEAR;
}

export function toEnd(node) {
  const scroller = scrollerOf(node);
  if (scroller) scroller.scrollTop = scroller.scrollHeight;
}

export function steady(node, change) {
  const wasAtEnd = atEnd(node);
  change();
  if (wasAtEnd) toEnd(node);
}

// What stands above grows; the node goes on standing where it stands.
export function inPlace(node, change) {
  const scroller = scrollerOf(node);
  const before = node.getBoundingClientRect().top;
  change();
  scroller.scrollTop += node.getBoundingClientRect().top - before;
}
