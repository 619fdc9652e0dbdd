// The one way from a script to the server: answers with a status, never throws.
import { memberId } from "./page.js";

export const LOGIN = "/accounts/login/";
const TIME_LIMIT = 20000;

const SENTENCES = {
  0: "通信できませんでした。つながりを確かめて、もう一度お試しください。",
  401: "ログインの有効期限が切れました。もう一度ログインしてください。",
  403: "この操作は許可されていません。画面を読み直してから、もう一度お試しください。",
  404: "見つかりませんでした。取り消されたか、読めなくなった可能性があります。",
  409: "すでに変更されています。画面を読み直してください。",
  413: "文章が長すぎます。",
  429: "操作が続いたため、少し時間をおいてからお試しください。",
  503: "混み合っています。少し時間をおいてからお試しください。",
};

export function csrfToken() {
  // The cookie is newer than the form's token after a login in another tab. Its name carries the port, so
  // that two sites on one machine are not taken for each other.
  const names = ["__Host-kyoso-csrf", `kyoso-csrf-${location.port || "80"}`];
  for (const pair of document.cookie.split("; ")) {
    const [name, value] = pair.split("=");
    if (names.includes(name)) return value;
  }
  return document.querySelector('input[name="csrfmiddlewaretoken"]')?.value || "";
}

export function loginAddress() {
  return `${LOGIN}?next=${encodeURIComponent(location.pathname + location.search)}`;
}

export async function send(url, fields = {}, more = {}) {
  // For whom the page was made: nothing typed here is sent as somebody who logged in here since.
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Kyoso-Member": memberId() };
  return ask(url, { method: "POST", headers, body: new URLSearchParams(fields), ...more });
}

export async function fetchPart(url) {
  return ask(url, { headers: { Accept: "text/html", "X-Kyoso": "fragment" } });
}

export async function fetchFacts(url, more = {}) {
  return ask(url, { headers: { Accept: "application/json" }, ...more });
}

export async function fetchPage(url) {
  return ask(url, { headers: { Accept: "text/html" } });
}

async function ask(url, { limit = TIME_LIMIT, ...options }) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    const response = await fetch(url, { credentials: "same-origin", ...options, signal: stop.signal });
    return await answerOf(response);
  } catch {
    return { status: 0, ok: false, body: {}, text: "", error: SENTENCES[0], after: 0 };
  } finally {
    clearTimeout(timer);
  }
}

async function answerOf(response) {
  const text = await response.text();
  const sentToLogin = response.redirected && new URL(response.url).pathname.startsWith(LOGIN);
  const status = sentToLogin ? 401 : response.status;
  const body = jsonOf(response, text);
  const error = body.error || SENTENCES[status] || "うまくいきませんでした。もう一度お試しください。";
  const after = 1000 * (Number(response.headers.get("Retry-After")) || 0);
  return { status, ok: response.ok && !sentToLogin, body, text, error, after, url: response.url };
}

function jsonOf(response, text) {
  if (!(response.headers.get("Content-Type") || "").includes("json")) return {};
  try {
    return JSON.parse(text) || {};
  } catch {
    return {};
  }
}
