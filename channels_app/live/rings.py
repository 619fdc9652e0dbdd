"""What a hub knows of each stream: where it stands, its last frames, and who hears it."""

import asyncio
from collections import OrderedDict, deque

from channels_app.live import frames, metrics
from channels_app.live.connections import Connection
from channels_app.live.frames import Frame
from channels_app.live.history import Head
from channels_app.live.wire import ready

LENGTH = 256  # frames per stream
CAPACITY = 64 * 1024 * 1024  # bytes of all rings of a process


class Stream:
    """One stream in one process. Viewers get its frames; listeners only learn that its count has risen."""

    __slots__ = (
        "closed",
        "fetching",
        "head",
        "id",
        "label",
        "listeners",
        "posts",
        "ring",
        "viewers",
        "wanted",
    )

    def __init__(self, at: Head):
        self.id, self.label, self.head, self.posts, self.closed = (
            at.stream_id,
            at.label,
            at.head,
            at.posts,
            at.closed,
        )
        self.wanted = at.head
        self.ring: deque[Frame] | None = None
        self.viewers: set[Connection] = set()
        self.listeners: set[Connection] = set()
        self.fetching: asyncio.Task | None = None

    def since(self, n: int) -> list[Frame] | None:
        """The frames n+1 … head, or None when the ring does not reach back that far."""
        wanted = self.head - n
        if not self.ring or len(self.ring) < wanted:
            return None
        return list(self.ring)[-wanted:]

    def tell(self, frame: Frame) -> None:
        """Offer a frame to those who look, encoded for the wire once."""
        finished = ready(frame.text) if self.viewers else b""
        metrics.DELIVERIES.inc(len(self.viewers))
        for viewer in tuple(self.viewers):
            viewer.offer(self.label, frame, finished)

    def tell_count(self) -> None:
        """Tell the members who do not look how many posts there are now."""
        others = self.listeners - self.viewers
        finished = ready(frames.unread(self.label, self.posts)) if others else b""
        for listener in others:
            listener.count(self.label, self.posts, finished)

    def whisper(self, text: str, speaker: int) -> None:
        """Offer an ephemeral frame to those who look, but not to the member it is about."""
        finished = ready(text) if self.viewers else b""
        for viewer in tuple(self.viewers):
            if viewer.member_id != speaker:
                viewer.whisper(text, finished)

    @property
    def everybody(self) -> set[Connection]:
        """All connections that hear of the stream in whatever way."""
        return self.viewers | self.listeners


class Rings:
    """The last frames of all streams, within one bound; the streams longest silent lose theirs first."""

    def __init__(self, capacity: int = CAPACITY, length: int = LENGTH):
        self.capacity, self.length = capacity, length
        self.size = 0
        self.recent: OrderedDict[int, Stream] = OrderedDict()

    def append(self, stream: Stream, frame: Frame) -> None:
        """Keep the frame of the stream's new head."""
        if stream.ring is None:
            stream.ring = deque()
        if len(stream.ring) == self.length:
            self.size -= stream.ring.popleft().size
        stream.ring.append(frame)
        self.size += frame.size
        self.recent[stream.id] = stream
        self.recent.move_to_end(stream.id)
        while self.size > self.capacity:
            self.forget(next(iter(self.recent.values())))

    def forget(self, stream: Stream) -> None:
        """Empty one ring; catching up then asks the database."""
        self.size -= sum(frame.size for frame in stream.ring or ())
        stream.ring = None
        self.recent.pop(stream.id, None)

    def strip(self, stream: Stream, obj_id: int) -> None:
        """Take a removed object's content out of its earlier frames: nobody may see what is gone."""
        ring = stream.ring or deque()
        for index, frame in enumerate(ring):
            if frame.event.obj_id == obj_id and frame.is_of_post:
                bare = frame.without_html()
                self.size += bare.size - frame.size
                ring[index] = bare
