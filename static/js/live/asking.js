// A hello as a request: what the stream and the poll have in common.
import { csrfToken } from "../ask.js";

const CODES = { 400: 4400, 401: 4401, 403: 4403, 409: 4409, 429: 4429, 503: 1013 };

export function ask(address, frame, signal) {
  return fetch(address, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(frame),
    signal,
  });
}

// How a refusal ends the way: the code as a socket would have it, and the shortest time to wait.
export function endOf({ status, headers }) {
  return { code: CODES[status] || 1006, after: 1000 * (Number(headers.get("Retry-After")) || 0) };
}
