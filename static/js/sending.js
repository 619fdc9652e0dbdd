// Joins the composer, the outbox and the bubbles.
import { send } from "./ask.js";
import { drawBubbles } from "./bubbles.js";
import { hasFieldFor, setAside, takeBack } from "./composer.js";
import { keepAll } from "./drafts.js";
import { Outbox } from "./live/outbox.js";
import { memory, openStore } from "./live/store.js";
import { memberId, timeline } from "./page.js";
import { place } from "./place.js";
import { on } from "./signals.js";

// The person has to change the text: it goes back into the field at once.
const WRONG_TEXT = new Set([400, 413, 422]);
const LOGOUT = "/accounts/logout/";
let outbox = null;

async function deliver(entry) {
  const fields = Array.isArray(entry.fields) ? entry.fields : Object.entries(entry.fields || {});
  const answer = await send(entry.url, [...fields, ["cid", entry.cid], ["text", entry.text]]);
  if (answer.ok && answer.body.html) place(answer.body.html);
  // On a page of older posts one's own new post would stand nowhere.
  if (answer.ok && !entry.root && timeline()?.dataset.newest === "0") location.assign(location.pathname);
  return answer;
}

function changed(failed = null) {
  if (failed && WRONG_TEXT.has(failed.status) && hasFieldFor(failed)) {
    outbox.take(failed.cid);
    return takeBack(failed, failed.error);
  }
  drawBubbles(outbox.entries);
}

function pressed(event) {
  const button = event.target.closest("[data-outbox]");
  if (!button) return;
  if (button.dataset.outbox === "retry") return outbox.retry(button.dataset.cid);
  const entry = outbox.find(button.dataset.cid);
  if (!entry || !hasFieldFor(entry)) return;
  outbox.take(entry.cid);
  takeBack(entry);
}

// Terminals are shared: whoever logs out leaves no text behind; what is not sent yet becomes a draft.
async function leave(event) {
  const form = event.target;
  if (!(form.getAttribute("action") || "").endsWith(LOGOUT) || form.dataset.emptied !== undefined) return;
  event.preventDefault();
  form.dataset.emptied = "";
  for (const entry of outbox.entries) if (hasFieldFor(entry)) takeBack(entry);
  await Promise.race([Promise.all([outbox.empty(), keepAll()]), new Promise((resolve) => setTimeout(resolve, 500))]);
  form.submit();
}

export async function watchSending() {
  outbox = new Outbox({ store: memory(), send: deliver, member: memberId(), changed });
  on("publish", (entry) => outbox.add(entry));
  on("echo", ({ cid, author }) => author === memberId() && outbox.acknowledge(cid));
  on("live", ({ state }) => state === "LIVE" && outbox.retry());
  on("thread", () => drawBubbles(outbox.entries));
  window.addEventListener("online", () => outbox.retry());
  document.addEventListener("click", pressed);
  document.addEventListener("submit", leave);
  const store = await openStore({ shared: document.body.dataset.terminal === "shared" });
  for (const entry of outbox.entries) store.put({ ...entry }).catch(() => {});
  outbox.store = store;
  await outbox.restore();
  for (const entry of outbox.entries) setAside(entry);
}
