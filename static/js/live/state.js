// INIT → CONNECT → HELLO → CATCHUP → LIVE; any error → WAIT → CONNECT. Which rung, when to wait, when to
// climb. What a frame does to the page is not known here, nor whether it came through another tab (leader.js).
import { RUNGS, UP_EVERY, firstLevel, triedUp, worked } from "./rungs.js";

const FIRST_FRAME = 5000;
const LONGEST_WAIT = 30000;
const SOON = 10000;
const REPLACED = 4409;
const SLOW_DOWN = 4429;
const ROUNDS = 2;
const FINAL = new Set([4401, 4403, REPLACED]);

export class Live {
  constructor({ cursors, focus, epoch, build, apply, changed, counted, rungs = RUNGS }) {
    Object.assign(this, { cursors, focus, epoch, build, apply, changed, counted, rungs });
    this.tabs = null;
    this.state = "INIT";
    this.level = Math.min(firstLevel(), rungs.length - 1);
    this.tries = 0;
    this.early = 0;
    this.rounds = 0;
    this.gaps = this.untold = 0;
    this.reached = Infinity;
    this.spread = 20;
    this.heads = {};
    this.link = null;
  }

  get rung() {
    return this.rungs[this.level].name;
  }

  enter(state, detail = {}) {
    this.state = state;
    this.waits = state === "WAIT" || state === "MANUAL";
    this.changed({ state, rung: this.rung, ...detail });
  }

  hello() {
    const { epoch, build, cursors, focus, untold: gaps } = this;
    const own = { t: "hello", v: 1, epoch, cur: cursors.vector(), focus: [...focus], build, posts: this.counted(), gaps };
    return this.tabs ? this.tabs.merged(own) : own;
  }

  connect() {
    clearTimeout(this.waiting);
    this.code = 0;
    this.link?.close();
    this.enter("CONNECT");
    this.link = this.open(this.level);
  }

  // One attempt on one rung. Whatever it says after another has taken its place is ignored.
  open(level) {
    const attempt = { level, greeted: false };
    const rung = this.rungs[level];
    const closed = (end) => {
      clearTimeout(first);
      if (attempt === this.link) this.closed(attempt, end);
      if (attempt === this.candidate) this.candidate = null;
    };
    const late = () => {
      if (attempt.greeted) return;
      attempt.close();
      closed({ code: 1006, blocked: true });
    };
    const first = rung.follows ? 0 : setTimeout(late, FIRST_FRAME);
    const way = rung.open({
      hello: () => this.hello(),
      hear: (frame) => {
        if (frame.t === "hi") attempt.greeted = true;
        if (frame.t === "hi" && attempt === this.candidate) this.climb(attempt);
        if (attempt !== this.link) return;
        this.tabs?.relay(frame);
        this.hear(frame);
      },
      mirror: (detail) => attempt === this.link && this.enter(detail.state, detail),
      closed,
    });
    return Object.assign(attempt, way);
  }

  closed(attempt, { code, after = 0, blocked = false }) {
    this.link = null;
    clearTimeout(this.climbing);
    this.climbing = 0;
    this.code = code;
    if (FINAL.has(code)) return this.enter("STOPPED", { code });
    if (!attempt.greeted) this.early += blocked ? 2 : 1;
    if (this.early >= 2) this.stepDown();
    this.wait(code, Math.max(after, this.leaveFor || 0));
    this.leaveFor = 0;
  }

  stepDown() {
    this.early = 0;
    // Below the last rung is the first: the network was down, not one way through it.
    this.level = (this.level + 1) % this.rungs.length;
    if (this.level === 0) this.rounds += 1;
  }

  wait(code, after) {
    const longest = code === 1012 ? (after ? 0 : this.spread * 1000) : Math.min(LONGEST_WAIT, 1000 * 2 ** this.tries);
    this.tries += 1;
    this.enter(this.rounds < ROUNDS ? "WAIT" : "MANUAL", { code });
    const least = code === SLOW_DOWN ? SOON : after;
    this.waiting = setTimeout(() => this.connect(), Math.max(least, Math.random() * longest));
  }

  hear(frame) {
    const known = { hi: "greeted", live: "caughtUp", e: "take", b: "take", bye: "leave" }[frame.t];
    if (frame.t === "lag") this.enter("CATCHUP");
    else if (known) this[known](frame);
    else this.apply(frame);
  }

  greeted(frame) {
    this.asking = false;
    this.early = this.rounds = this.untold = 0;
    this.spread = frame.spread || this.spread;
    this.heads = frame.heads || {};
    this.history = frame.epoch || this.epoch;
    this.cursors.adopt(this.heads, this.focus);
    if (this.state !== "LIVE") this.enter("CATCHUP");
    this.apply(frame);
    if (this.rungs[this.level].follows) return;
    this.reached = Math.min(this.reached, this.level);
    worked(this.level);
    this.planClimb();
  }

  caughtUp() {
    Object.assign(this, { epoch: this.history, tries: 0 }); // not sooner: cut now, it all starts over again
    if (this.state !== "LIVE") this.enter("LIVE");
  }

  leave({ after }) {
    this.leaveFor = Math.max(1, after || 0);
  }

  take(frame) {
    if (this.asking) return;
    const verdict = this.cursors.accept(frame);
    if (verdict === "next") {
      const counted = (frame.t === "b" ? frame.to : frame.n) <= (this.heads[frame.s] || 0);
      this.apply(frame, { counted });
    }
    if (verdict === "gap") this.gap();
  }

  gap() {
    this.gaps += 1;
    this.untold += 1;
    this.asking = true;
    this.enter("HELLO", { gaps: this.gaps });
    this.link.again();
  }

  // A better rung that has worked on this page was not blocked: the server was away for a moment.
  planClimb() {
    if (this.level === 0 || this.climbing) return;
    this.climbing = setTimeout(() => this.tryUp(), this.level > this.reached ? SOON : UP_EVERY);
  }

  tryUp() {
    this.climbing = 0;
    if (this.level === 0 || !this.link) return;
    triedUp();
    this.candidate = this.open(this.level - 1);
    this.climbing = setTimeout(() => this.tryUp(), UP_EVERY);
  }

  climb(attempt) {
    clearTimeout(this.climbing);
    this.climbing = 0;
    this.link?.close();
    this.link = attempt;
    this.candidate = null;
    this.level = attempt.level;
    this.state = "HELLO";
  }

  retry() {
    this.level = Math.min(this.level, this.reached);
    this.early = 0;
    this.connect();
  }

  probe() {
    if (this.waits || this.code === REPLACED) this.connect();
    else this.link?.probe(3000);
  }

  stop() {
    clearTimeout(this.waiting);
    clearTimeout(this.climbing);
    for (const attempt of [this.link, this.candidate]) attempt?.close();
    this.link = this.candidate = null;
  }
}
