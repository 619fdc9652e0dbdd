// What a frame does to the page. Everything it says about posts goes through place.js.
import { place, removePost } from "../place.js";
import { say } from "../signals.js";

export function effect(frame, { counted = false } = {}) {
  if (frame.t === "e") one(frame, counted);
  if (frame.t === "b") for (const entry of frame.e) one({ ...entry, s: frame.s }, counted);
  if (frame.t === "hi") say("counts", { channels: frame.ch || {} });
  if (frame.t === "hi") say("build", { build: frame.build });
  if (frame.t === "u") say("count", { stream: frame.s, posts: frame.c });
  if (frame.t === "eph") say("eph", frame);
  if (frame.t === "gone") say("gone", { stream: frame.s });
}

// `counted`: the counts of `hi` already contain this event.
function one(event, counted) {
  if (event.html) place(event.html, { live: true });
  else if (event.k === "post.removed") removePost(String(event.id));
  say("event", { ...event, counted });
}
