// A machine that slept, a tab that comes back, a network that returns: the connection may be dead without
// having said so.
const TICK = 5000;
const DRIFT = 15000;
const STALE = 15 * 60 * 1000;

export function watchWake({ probe, refetch }) {
  let last = Date.now();
  let hiddenAt = document.visibilityState === "hidden" ? Date.now() : 0;

  setInterval(() => {
    const now = Date.now();
    if (now - last > TICK + DRIFT) probe();
    // A machine that slept with the page in front says so by its clock alone.
    if (now - last > STALE) refetch();
    last = now;
  }, TICK);

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      hiddenAt = Date.now();
      return;
    }
    probe();
    // Only a net below the net: what was missed has come with the cursors.
    if (hiddenAt && Date.now() - hiddenAt > STALE) refetch();
    hiddenAt = 0;
  });
  window.addEventListener("online", probe);
  window.addEventListener("pageshow", (event) => event.persisted && probe());
}
