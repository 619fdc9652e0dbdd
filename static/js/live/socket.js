// The first rung: a WebSocket. Reports frames and its own death, decides nothing.
const DEAD_AFTER = 10000;

export function openSocket({ hello, hear, closed, beat = 25 }) {
  const address = new URL("/live/ws", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  let socket;
  let over = false;
  let heardAt = Date.now();
  let pings = 0;
  let timer = 0;

  function end(code, reason = "") {
    if (over) return;
    over = true;
    clearInterval(timer);
    if (socket && socket.readyState < WebSocket.CLOSING) socket.close(1000, reason);
    closed({ code });
  }

  function send(frame) {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  }

  // Proxies drop connections without a word: only an answer proves that the way is still open.
  function probe(limit = DEAD_AFTER) {
    if (over) return;
    const askedAt = Date.now();
    send({ t: "ping", i: (pings += 1) });
    setTimeout(() => heardAt < askedAt && end(1006, "silent"), limit);
  }

  function setBeat(seconds) {
    clearInterval(timer);
    timer = setInterval(probe, Math.max(5, seconds) * 1000);
  }

  function receive(event) {
    heardAt = Date.now();
    if (over) return;
    let frame;
    try {
      frame = JSON.parse(event.data);
    } catch {
      return;
    }
    if (frame.t === "hi" && frame.hb) setBeat(frame.hb);
    hear(frame);
  }

  try {
    socket = new WebSocket(address);
  } catch {
    // A policy or a container browser refuses sockets altogether.
    setTimeout(() => end(1006));
    return { send() {}, probe() {}, again() {}, close() { over = true; } };
  }
  setBeat(beat);
  socket.addEventListener("open", () => send(hello()));
  socket.addEventListener("message", receive);
  socket.addEventListener("close", (event) => end(event.code));
  return {
    send,
    probe,
    again: () => send(hello()),
    close() {
      over = true;
      clearInterval(timer);
      socket.close(1000);
    },
  };
}
