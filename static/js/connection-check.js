// 接続診断: one way after the other, each proven by a hello of the application within a limit of time. The
// sentences stand in the page; here they are only chosen.
import { fetchFacts, send } from "./ask.js";
import { lineSoFar } from "./connection.js";
import { RUNGS } from "./live/rungs.js";
import { inTimeZoneOfJapan } from "./page.js";
import { on } from "./signals.js";

const LIMIT = 8000;
const PAGE = location.pathname;
const find = (name, within = document) => within.querySelector(`[data-${name}]`);
const clock = inTimeZoneOfJapan({ dateStyle: "medium", timeStyle: "medium" });
const rows = [...document.querySelectorAll("[data-check]")];
const head = find("report").textContent;
const row = (name) => find(`check=${name}`);
let ahead = null;
let running = false;

const told = (good, detail) => ({ state: good ? "good" : "bad", detail });

async function timed(ask) {
  const [wall, start] = [Date.now(), performance.now()];
  const answer = await ask;
  const ms = Math.round(performance.now() - start);
  if (answer.ok && answer.body.at) ahead = (wall + ms / 2 - answer.body.at) / 1000;
  return told(answer.ok, answer.ok ? `往復${ms}ミリ秒` : answer.status ? `コード${answer.status}` : "時間切れ");
}

function greeted({ open }) {
  const start = performance.now();
  return new Promise((resolve) => {
    const end = (good, detail) => {
      clearTimeout(timer);
      resolve(told(good, detail));
      setTimeout(() => link.close());
    };
    const timer = setTimeout(() => end(false, "時間切れ"), LIMIT);
    const link = open({
      hello: () => ({ t: "hello", v: 1, epoch: document.body.dataset.epoch, cur: {}, focus: [], wait: 0 }),
      hear: ({ t }) => t === "hi" && end(true, `${Math.round(performance.now() - start)}ミリ秒`),
      closed: ({ code }) => end(false, `コード${code}`),
    });
  });
}

async function storage() {
  if (document.body.dataset.terminal === "shared") return { state: "unused", detail: "共用の端末" };
  const kept = new Promise((resolve) => {
    const opening = indexedDB.open("kyoso-check");
    opening.onsuccess = () => resolve(opening.result.close() || indexedDB.deleteDatabase("kyoso-check"));
    opening.onerror = () => resolve(false);
  });
  return told(await kept, "");
}

function difference() {
  const seconds = Math.abs(Math.round(ahead));
  return told(seconds < 60, `${ahead > 0 ? "進み" : "遅れ"}${seconds}秒`);
}

async function result(name) {
  const rung = RUNGS.find((one) => one.name === name);
  try {
    if (name === "page") return await timed(fetchFacts(PAGE, { limit: LIMIT }));
    if (name === "sending") return await timed(send(PAGE, {}, { limit: LIMIT }));
    if (name === "clock") return ahead === null ? { state: "none" } : difference();
    if (name === "storage") return await storage();
    return rung ? await greeted(rung) : { state: "unused" };
  } catch (error) {
    return told(false, error.name);
  }
}

function show(line, { state, detail = "" }) {
  for (const one of line.querySelectorAll("[data-state]")) {
    one.hidden = one.dataset.state !== state;
    if (find("detail", one)) find("detail", one).textContent = detail && `（${detail}）`;
  }
  for (const one of line.querySelectorAll("[data-means]")) one.hidden = one.dataset.means !== state;
}

async function run() {
  if (running) return;
  running = true;
  const good = {};
  find("verdict").textContent = "調べています。";
  for (const one of rows) show(one, { state: "none" });
  for (const one of rows) {
    const name = one.dataset.check;
    show(one, { state: "running" });
    // Where the page itself cannot be reached, the rest would only take its time to say so.
    const found = name === "page" || good.page ? await result(name) : { state: "none" };
    good[name] = found.state === "good";
    show(one, found);
  }
  const way = good.socket || good.stream ? "instant" : good.poll ? "near" : "manual";
  const verdict = !good.page ? "off" : good.sending ? way : "mute";
  find("verdict").textContent = find(`when=${verdict}`).textContent;
  report();
  running = false;
}

function facts() {
  const { rung, since, off, gaps = 0, isOff } = lineSoFar();
  const way = isOff ? "切断中" : rung && row(rung).cells[0].textContent;
  const known = { way, since: since && clock.format(since), off: off && clock.format(off), gaps: `${gaps}件` };
  for (const [name, fact] of Object.entries(known)) if (fact) find(`fact=${name}`).textContent = fact;
}

// Only what is seen on the page, and the browser's name: nothing of the person.
function report() {
  const results = rows.map((one) => [one.cells[0], one.querySelector("[data-state]:not([hidden])")]);
  const known = [...document.querySelectorAll("dd[data-fact]")].map((one) => [one.previousElementSibling, one]);
  const lines = [...results, ...known].map((pair) => pair.map((one) => one.textContent.trim()).join(": "));
  lines.push(`端末の時刻: ${clock.format(Date.now())}`, navigator.userAgent);
  find("report").textContent = [head, find("verdict").textContent, ...lines].join("\n");
}

async function copy() {
  const text = find("report");
  try {
    await navigator.clipboard.writeText(text.textContent);
    find("verdict").textContent = "結果をコピーしました。";
  } catch {
    // On plain http there is no clipboard for scripts.
    getSelection().selectAllChildren(text);
    text.focus();
    find("verdict").textContent = "結果の文章を選びました。Ctrl＋Cでコピーできます。";
  }
}

find("copy").hidden = false;
find("copy").addEventListener("click", copy);
find("check-form").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
on("live", facts);
facts();
run();
