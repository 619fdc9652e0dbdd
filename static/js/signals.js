// Behaviours hear of each other here, so that no module imports the one that uses it: a circle of imports
// would keep the static files from getting their hashed names.
const bus = new EventTarget();

export function on(name, hear) {
  bus.addEventListener(name, (event) => hear(event.detail));
}

export function say(name, detail = {}) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}
