// The ladder of transports, best first, and which one worked last on this terminal.
import { openPoll } from "./poll.js";
import { openSocket } from "./socket.js";
import { openStream } from "./stream.js";

const KEY = "kyoso-rung";
const KEPT = 24 * 3600 * 1000;
export const UP_EVERY = 5 * 60 * 1000;

export const RUNGS = [
  { name: "socket", open: openSocket },
  { name: "stream", open: openStream },
  { name: "poll", open: openPoll },
];

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch {
    return {};
  }
}

// Nothing outlives the visit on a shared terminal.
function write(memory) {
  if (document.body.dataset.terminal === "shared") return;
  try {
    localStorage.setItem(KEY, JSON.stringify(memory));
  } catch {
    // Without storage every page begins at the top.
  }
}

// Pages follow one another faster than every five minutes, so the time of the last try upwards is kept too.
export function firstLevel(now = Date.now()) {
  const { name, at = 0, triedAt = 0 } = read();
  const level = Math.max(0, RUNGS.findIndex((rung) => rung.name === name));
  if (now - at > KEPT) return 0;
  return level > 0 && now - triedAt > UP_EVERY ? level - 1 : level;
}

export function worked(level, now = Date.now()) {
  const { name, triedAt } = read();
  const same = name === RUNGS[level].name;
  write({ name: RUNGS[level].name, at: now, triedAt: same && triedAt ? triedAt : now });
}

export function triedUp(now = Date.now()) {
  write({ ...read(), triedAt: now });
}
