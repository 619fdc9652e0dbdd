// What is needed only when somebody reaches for it. A module is fetched when the pointer or the focus comes near, at
// the latest with the press, which is repeated when the module is there. If it cannot be fetched, the press does
// what it does on a page without scripts.
const THREADS = {
  at: "a[data-thread], a[data-answer], a[data-quote], #thread a[data-close]",
  load: () => import("./threads.js"),
  start: "watchThreads",
};
const PRESSED = [
  THREADS,
  { at: "a[data-picker]", load: () => import("./picker.js"), start: "watchPicker" },
  { at: "a[data-menu], a[data-link], button[data-deed]", load: () => import("./menus.js"), start: "watchMenus" },
  { at: "a[data-edit]", load: () => import("./edit.js"), start: "watchEditing" },
  { at: "a[data-remove]", load: () => import("./removal.js"), start: "watchRemoval" },
];
const MENTIONS = {
  at: "form.ky-composer textarea, [data-edit-of] textarea",
  load: () => import("./mentions.js"),
  start: "watchMentions",
};

function fetched(part) {
  const here = () => (part.isHere = true);
  return (part.coming ||= part.load().then((found) => found[part.start]()).then(here, here));
}

function near(target) {
  for (const part of [...PRESSED, MENTIONS]) if (target?.closest?.(part.at)) fetched(part);
}

async function press(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const part = PRESSED.find(({ at, isHere }) => !isHere && event.target.closest(at));
  if (!part) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const node = event.target.closest(part.at);
  // A second press would close again what the first opens.
  if (part.isPressed) return;
  part.isPressed = true;
  await fetched(part);
  if (node.isConnected) node.click();
}

export function watchOnDemand() {
  for (const name of ["pointerover", "focusin"]) document.addEventListener(name, ({ target }) => near(target));
  document.addEventListener("click", press, true);
  const again = () => window.dispatchEvent(new PopStateEvent("popstate"));
  window.addEventListener("popstate", () => THREADS.isHere || fetched(THREADS).then(again));
  if (document.getElementById("thread")) fetched(THREADS);
  near(document.activeElement);
}
