// The middle rung: one answer without an end, a frame per line. For networks that let no WebSocket through.
import { ask, endOf } from "./asking.js";

const FIRST_LINE = 3000;
const DEAD_AFTER = 25000;
const BEAT = 16000;

export function openStream({ hello, hear, closed }) {
  let over = false;
  let request = null;
  let timer = 0;
  let heardAt = 0;

  function end(detail) {
    if (over) return;
    close();
    closed(detail);
  }

  // A proxy that collects answers says nothing at first: no use in a second try.
  function expect(mine, limit, detail) {
    clearTimeout(timer);
    timer = setTimeout(() => mine === request && end(detail), limit);
  }

  async function run() {
    request?.abort();
    const mine = (request = new AbortController());
    expect(mine, FIRST_LINE, { code: 1006, blocked: true });
    let detail = { code: 1006 };
    try {
      const response = await ask("/live/stream", hello(), mine.signal);
      if (response.ok) await read(response.body.pipeThrough(new TextDecoderStream()).getReader(), mine);
      else detail = endOf(response);
    } catch {
      // Cut, or a browser that does not read answers piece by piece.
    }
    if (mine === request) end(detail);
  }

  async function read(reader, mine) {
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done || over || mine !== request) return;
      heardAt = Date.now();
      expect(mine, DEAD_AFTER, { code: 1006 });
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) if (!over && mine === request) take(JSON.parse(line));
    }
  }

  function take(frame) {
    if (frame.t === "closed") end({ code: frame.code });
    else if (frame.t !== "hb") hear(frame);
  }

  function close() {
    over = true;
    clearTimeout(timer);
    request?.abort();
  }

  run();
  return {
    send() {},
    // Nothing can be asked on this way. Where the sign of life is missing, a new answer shows whether it is open.
    probe: () => !over && heardAt && Date.now() - heardAt > BEAT && run(),
    again: run,
    close,
  };
}
