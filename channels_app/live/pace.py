"""How often one session may knock: handshakes, streamed answers and polls together."""

MOST, SECONDS = 400, 10  # a poll in a busy channel comes again after every event
MOST_KEPT = 10_000  # sessions remembered


class Pace:
    """A bucket of knocks for each session, which fills again evenly. `most` are let in within `seconds`."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS):
        self.most, self.seconds = most, seconds
        self.left: dict[str, tuple[float, float]] = {}

    def lets_in(self, session_key: str, now: float) -> bool:
        """Count a knock at the moment `now`, in seconds of any clock that does not jump."""
        left, at = self.left.get(session_key, (self.most, now))
        left = min(self.most, left + (now - at) * self.most / self.seconds)
        if session_key not in self.left and len(self.left) >= MOST_KEPT:
            self.forget(now)
        self.left[session_key] = (left - (left >= 1), now)
        return left >= 1

    def forget(self, now: float) -> None:
        """Drop who has not knocked for so long that the bucket is full again, or else everybody."""
        self.left = {key: (left, at) for key, (left, at) in self.left.items() if now - at < self.seconds}
        if len(self.left) >= MOST_KEPT:
            self.left.clear()


pace = Pace()
