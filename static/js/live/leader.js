// The tabs of one member share one connection. The tab that holds the lock leads: it connects for all, looks at what
// any of them looks at, and passes on what it hears. Each of the others checks its own cursors and asks from them
// when something is missing. The lock ends with its tab, also in a crash, and the next one takes over. Where the
// browser has no locks (plain http, an old one), each tab connects for itself.
import { RUNGS, firstLevel } from "./rungs.js";

const MOST = 8; // channels that one connection looks at
const GATHER = 50;
const ASK_EVERY = 10000;
const SILENT = 3000;
const REPLACED = 4409;

export class Tabs {
  constructor(live, member) {
    Object.assign(this, { live, name: `kyoso-live-${member}`, id: String(Math.random()), wishes: new Map() });
    this.follow = { name: "socket", follows: true, open: (way) => this.open(way) };
  }

  join() {
    if (this.channel) return; // come back with two words: "resume" and "pageshow"
    if (!navigator.locks || !window.BroadcastChannel) return this.live.connect();
    this.isOut = false;
    this.live.tabs = this;
    this.channel = new BroadcastChannel(this.name);
    this.channel.onmessage = ({ data }) => this.told(data);
    // As long as this one is held, the leader knows that this tab is there.
    navigator.locks.request(this.name + this.id, () => new Promise((resolve) => (this.part = resolve)));
    this.ask({ ifAvailable: true });
  }

  // A page that is hidden for good, frozen or stopped. It may join again.
  leave() {
    this.isOut = true;
    this.live.stop();
    this.post({ kind: "parted" });
    this.leads = false;
    // Stopped by the leader's word, nobody else closes what follows it.
    for (const end of [this.release, this.part, this.unfollow]) end?.();
    this.waiting?.abort();
    this.channel?.close();
    this.channel = null;
  }

  retry() {
    if (this.isOut) this.join();
    else this.live.retry();
  }

  ask(options) {
    let mine = false;
    const asked = navigator.locks.request(this.name, options, (lock) => {
      if (!lock) return this.queue();
      mine = true;
      return this.lead();
    });
    asked.catch(({ name }) => {
      // Taken away by a tab that did not hear this one any more, or not to be had at all.
      if (mine && !this.isOut) this.queue();
      else if (name !== "AbortError") this.begin(RUNGS, firstLevel());
    });
  }

  lead() {
    this.leads = true;
    this.waiting?.abort();
    this.wishes.clear();
    const held = new Promise((resolve) => (this.release = resolve));
    this.begin(RUNGS, firstLevel());
    this.post({ kind: "led" });
    return held;
  }

  queue() {
    this.leads = false;
    this.waiting = new AbortController();
    this.begin([this.follow], 0);
    this.ask({ signal: this.waiting.signal });
  }

  begin(rungs, level) {
    this.live.stop();
    Object.assign(this.live, { rungs, level, early: 0, rounds: 0, tries: 0 });
    this.live.connect();
  }

  post(message) {
    this.channel?.postMessage({ from: this.id, ...message });
  }

  told({ kind, from, to = this.id, ...said }) {
    if (to !== this.id) return;
    const { leads, live, way } = this;
    const asked = {
      hello: () => this.welcome(from, said.hello),
      ping: () => this.post({ kind: "pong", to: from }),
      probe: () => live.probe(),
      say: () => live.link?.send(said.frame),
      parted: () => this.wishes.delete(from),
    };
    const heard = {
      led: () => way && live.connect(),
      pong: () => {},
      frame: () => this.heard(said),
      state: () => this.mirrored(said.detail),
      alone: () => this.begin(RUNGS, firstLevel()),
    };
    if (kind in heard) this.heardAt = Date.now();
    (leads ? asked : heard)[kind]?.();
  }

  // -- leading

  welcome(from, wish) {
    // The numbers of another history mean nothing here.
    if (wish.epoch !== this.live.epoch) return this.post({ kind: "alone", to: from });
    this.wishes.set(from, wish);
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => this.gather(), GATHER);
  }

  async gather() {
    const { held } = await navigator.locks.query();
    const there = new Set(held.map(({ name }) => name));
    for (const id of this.wishes.keys()) if (!there.has(this.name + id)) this.wishes.delete(id);
    if (!this.leads) return;
    if (this.live.waits || this.live.code === REPLACED) this.live.connect();
    else this.live.link?.again();
  }

  // What all tabs together look at, each stream from the tab that is furthest behind.
  merged(own) {
    if (!this.leads) return own;
    const all = { ...own, cur: { ...own.cur } };
    for (const [id, wish] of this.wishes) {
      const focus = [...new Set([...all.focus, ...wish.focus])];
      if (focus.length > MOST) {
        this.wishes.delete(id);
        this.post({ kind: "alone", to: id });
        continue;
      }
      all.focus = focus;
      for (const [stream, n] of Object.entries(wish.cur)) all.cur[stream] = Math.min(n, all.cur[stream] ?? n);
      all.gaps += wish.gaps;
      wish.gaps = 0;
    }
    return all;
  }

  relay(frame) {
    if (!this.leads || !this.wishes.size || /bye|pong/.test(frame.t)) return;
    this.post({ kind: "frame", frame, rung: this.live.rung });
    const upto = { e: frame.n, b: frame.to, reset: frame.head }[frame.t];
    for (const { cur } of this.wishes.values()) if (upto !== undefined && frame.s in cur) cur[frame.s] = upto;
  }

  // What becomes of the connection.
  tell(detail) {
    if (this.leads && /^(CONNECT|WAIT|MANUAL|STOPPED)$/.test(detail.state)) this.post({ kind: "state", detail });
    // Whoever may not hear any more shall not lead either.
    if (detail.state === "STOPPED" && detail.code !== REPLACED && !this.isOut) this.leave();
  }

  // -- following

  open(way) {
    const hello = () => this.post({ kind: "hello", hello: way.hello() });
    const check = () => {
      const askedAt = Date.now();
      this.post({ kind: "ping" });
      const isSilent = () => this.way === way && this.heardAt < askedAt;
      setTimeout(() => isSilent() && this.ask({ steal: true }), SILENT * (1 + Math.random()));
    };
    this.way = way;
    hello();
    check();
    const timer = setInterval(check, ASK_EVERY);
    const close = () => {
      clearInterval(timer);
      if (this.way === way) this.way = null;
    };
    this.unfollow = close;
    // The leader may lie in the back, where its own clocks are slow: it is asked for its line as well.
    const probe = () => {
      this.post({ kind: "probe" });
      check();
    };
    return { send: (frame) => this.post({ kind: "say", frame }), probe, again: hello, close };
  }

  heard({ frame, rung }) {
    this.follow.name = rung;
    this.way?.hear(frame);
  }

  mirrored(detail) {
    this.follow.name = detail.rung;
    if (detail.state === "STOPPED") this.way?.closed({ code: detail.code });
    else this.way?.mirror(detail);
  }
}
