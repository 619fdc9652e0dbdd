// Posts on their way: queued → sending → acknowledged, or failed with the text kept. In order per stream,
// always with the cid of the first attempt, so that a retry never doubles a post.
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 30000;
// Trying again can help only with these; everything else needs the person.
const PASSING = new Set([0, 429, 500, 502, 503, 504]);
// Not before the next log-in.
const SIGNED_OUT = 401;

export class Outbox {
  constructor({ store, send, member, changed = () => {}, told = () => {}, later = (run, ms) => setTimeout(run, ms) }) {
    Object.assign(this, { store, send, member, changed, told, later });
    this.entries = [];
    this.busy = new Set();
    this.pauses = new Map();
  }

  // Entries of somebody else on this terminal are thrown away, never shown.
  async restore() {
    const found = await this.store.all().catch(() => []);
    for (const entry of found.sort((one, other) => one.at - other.at)) {
      if (entry.member !== this.member) this.forget(entry.cid);
      else if (!this.find(entry.cid)) this.entries.push({ ...entry, state: entry.lasting ? "failed" : "queued" });
    }
    this.changed();
    this.flush();
  }

  // A draft is {cid, url, stream, root, text, fields}.
  add(draft) {
    if (this.find(draft.cid)) return;
    const entry = { ...draft, member: this.member, at: Date.now(), state: "queued" };
    this.entries.push(entry);
    this.keep(entry);
    this.changed();
    this.flush();
  }

  flush() {
    for (const stream of new Set(this.entries.map((entry) => entry.stream))) this.next(stream);
  }

  retry(cid = null) {
    for (const entry of this.entries) {
      if (entry.state === "failed" && (cid ? entry.cid === cid : !entry.lasting)) entry.state = "queued";
    }
    this.pauses.clear();
    this.changed();
    this.flush();
  }

  async next(stream) {
    const entry = this.entries.find((one) => one.stream === stream && !(one.state === "failed" && one.lasting));
    if (!entry || entry.state !== "queued" || this.busy.has(stream)) return;
    this.busy.add(stream);
    entry.state = "sending";
    this.changed();
    const answer = await this.send(entry);
    this.busy.delete(stream);
    if (answer.ok) this.acknowledge(entry.cid);
    else if (this.find(entry.cid)) this.fail(entry, answer);
    this.next(stream);
  }

  fail(entry, answer) {
    const { status, error, after } = answer;
    const isOut = status === SIGNED_OUT;
    const lasting = !isOut && !PASSING.has(status);
    Object.assign(entry, { state: "failed", lasting, status, error });
    this.keep(entry);
    this.changed(entry);
    if (!lasting && !isOut) this.pause(entry.stream, after);
  }

  pause(stream, atLeast = 0) {
    const tries = this.pauses.get(stream) || 0;
    this.pauses.set(stream, tries + 1);
    const longest = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries);
    this.later(() => this.again(stream), Math.max(atLeast, longest / 2 + (Math.random() * longest) / 2));
  }

  again(stream) {
    const entry = this.entries.find((one) => one.stream === stream && one.state === "failed" && !one.lasting);
    if (entry && entry.status !== SIGNED_OUT) entry.state = "queued";
    this.next(stream);
  }

  // The POST's answer or the post's own event, whichever comes first.
  acknowledge(cid) {
    const entry = this.take(cid);
    if (entry) this.pauses.delete(entry.stream);
    return Boolean(entry);
  }

  take(cid) {
    const entry = this.find(cid);
    if (!entry) return null;
    this.entries = this.entries.filter((one) => one !== entry);
    this.forget(cid);
    this.changed();
    this.flush();
    return entry;
  }

  // Another tab of this member has seen it arrive, has taken it back, or (without a cid) logs out.
  drop(cid) {
    this.entries = this.entries.filter((one) => cid && one.cid !== cid);
    this.changed();
    this.flush();
  }

  async empty() {
    this.drop();
    this.told();
    await this.store.clear().catch(() => {});
  }

  find(cid) {
    return this.entries.find((entry) => entry.cid === cid);
  }

  keep(entry) {
    this.store.put({ ...entry }).catch(() => {});
  }

  forget(cid) {
    this.told(cid);
    this.store.remove(cid).catch(() => {});
  }
}
