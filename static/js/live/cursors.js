// How far each stream has been read. The server numbers without gaps, so a hole is always a loss.
export class Cursors {
  constructor(known = {}) {
    this.known = new Map(Object.entries(known).map(([stream, n]) => [stream, Number(n)]));
  }

  at(stream) {
    return this.known.get(stream);
  }

  set(stream, n) {
    this.known.set(stream, Number(n));
  }

  drop(stream) {
    this.known.delete(stream);
  }

  // Streams of which nothing is shown yet begin where the server stands; channels of which it speaks no more, and
  // that are not looked at, were other tabs'.
  adopt(heads = {}, focus = new Set()) {
    for (const [stream, n] of Object.entries(heads)) if (!this.known.has(stream)) this.set(stream, n);
    for (const stream of [...this.known.keys()]) {
      if (/^c/.test(stream) && !(stream in heads) && !focus.has(stream)) this.drop(stream);
    }
  }

  // "next" moves the cursor; "old" is to be dropped; "gap" means: ask again from the cursor.
  accept(frame) {
    const [from, to] = frame.t === "b" ? [frame.from, frame.to] : [frame.n - 1, frame.n];
    const at = this.known.get(frame.s);
    if (at !== undefined && to <= at) return "old";
    // A batch may begin before the cursor (the page was fetched again meanwhile): versions make it harmless.
    if (at !== undefined && (frame.t === "b" ? from > at : from !== at)) return "gap";
    this.known.set(frame.s, to);
    return "next";
  }

  vector() {
    return Object.fromEntries(this.known);
  }
}
