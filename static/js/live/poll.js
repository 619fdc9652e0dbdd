// The last rung: short requests that pass where nothing else does. Each one is complete in itself.
import { ask, endOf } from "./asking.js";

const LONGEST = 25;
const SHORTEST = 5;
const SPARE = 8000;

export function openPoll({ hello, hear, closed }) {
  let over = false;
  let current = { again: false };
  let wait = 0;
  let longest = LONGEST;
  let cuts = 0;
  let request = null;

  async function answer() {
    request = new AbortController();
    const limit = setTimeout(() => request.abort(), wait * 1000 + SPARE);
    try {
      return await ask("/live/poll", { ...hello(), wait }, request.signal);
    } finally {
      clearTimeout(limit);
    }
  }

  // Some gateways end a request that takes long: two cuts in a row, and we ask for shorter ones.
  function cut(startedAt) {
    if (wait < 2 || Date.now() - startedAt < 3000) return end({ code: 1006 });
    cuts += 1;
    if (cuts % 2 === 0) longest = Math.max(SHORTEST, longest / 2);
    if (cuts > 6) end({ code: 1006 });
  }

  async function once() {
    const startedAt = Date.now();
    const mine = { again: false };
    current = mine;
    let frames;
    try {
      const response = await answer();
      if (over) return;
      if (!response.ok) return end(endOf(response));
      frames = await response.json();
    } catch {
      if (!over && !mine.again) cut(startedAt);
      return;
    }
    cuts = 0;
    for (const frame of frames) if (!over && !mine.again) hear(frame);
    wait = !mine.again && frames.at(-1)?.t === "live" ? longest : 0;
  }

  function end(detail) {
    if (over) return;
    over = true;
    request?.abort();
    closed(detail);
  }

  async function loop() {
    while (!over) await once();
  }
  loop();

  function again() {
    current.again = true;
    wait = 0;
    request?.abort();
  }
  return {
    send() {},
    probe: again,
    again,
    close() {
      over = true;
      request?.abort();
    },
  };
}
