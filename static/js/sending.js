// Joins the composer, the outbox and the bubbles.
import { fetchFacts, send } from "./ask.js";
import { showBanner } from "./banner.js";
import { drawBubbles } from "./bubbles.js";
import { hasFieldFor, setAside, takeBack } from "./composer.js";
import { draftAddress, keepAll } from "./drafts.js";
import { Outbox } from "./live/outbox.js";
import { memory, openStore } from "./live/store.js";
import { memberId, timeline } from "./page.js";
import { place } from "./place.js";
import { on, say } from "./signals.js";

// The person has to change the text: it goes back into the field at once.
const WRONG_TEXT = new Set([400, 413, 422]);
const LOGOUT = "/accounts/logout/";
const SESSION = "/accounts/session/";
const STAYS = "サーバーに届かないため、ログアウトできません。書いた文章は残っています。";
let outbox = null;

const pairsOf = ({ fields, cid }) => [...(Array.isArray(fields) ? fields : Object.entries(fields || {})), ["cid", cid]];

async function deliver(entry) {
  const answer = await send(entry.url, [...pairsOf(entry), ["text", entry.text]]);
  if (answer.ok && answer.body.html) place(answer.body.html);
  // On a page of older posts one's own new post would stand nowhere.
  if (answer.ok && !entry.root && timeline()?.dataset.newest === "0") location.assign(location.pathname);
  return answer;
}

function changed(failed = null) {
  if (failed?.status === 401) say("signed-out");
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
  const { status } = await fetchFacts(SESSION, { limit: 5000 });
  if (!status || status >= 500) {
    delete form.dataset.emptied;
    return showBanner("leaving", STAYS);
  }
  // Those of the other tabs as well, which let go of theirs now.
  await outbox.restore();
  const kept = [];
  for (const entry of outbox.entries) {
    if (hasFieldFor(entry)) takeBack(entry);
    else kept.push(send(draftAddress(entry), [...pairsOf(entry), ["text", entry.text]]));
  }
  kept.push(keepAll(), outbox.empty());
  await Promise.race([Promise.all(kept), new Promise((resolve) => setTimeout(resolve, 3000))]);
  form.submit();
}

export async function watchSending() {
  const tabs = globalThis.BroadcastChannel && new BroadcastChannel("kyoso-outbox");
  const told = (cid) => tabs?.postMessage(cid);
  outbox = new Outbox({ store: memory(), send: deliver, member: memberId(), changed, told });
  tabs?.addEventListener("message", ({ data }) => outbox.drop(data));
  on("publish", (entry) => outbox.add(entry));
  on("echo", ({ cid, author }) => author === memberId() && outbox.acknowledge(cid));
  on("live", ({ state }) => state === "LIVE" && outbox.retry());
  on("thread", () => drawBubbles(outbox.entries));
  on("retry-live", () => outbox.retry());
  window.addEventListener("online", () => outbox.retry());
  document.addEventListener("click", pressed);
  document.addEventListener("submit", leave);
  const store = await openStore({ shared: document.body.dataset.terminal === "shared" });
  for (const entry of outbox.entries) store.put({ ...entry }).catch(() => {});
  outbox.store = store;
  await outbox.restore();
  for (const entry of outbox.entries) setAside(entry);
}
