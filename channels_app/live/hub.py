"""The hub: one per process. It knows where every stream stands, applies each number once and in order, and
offers it to the connections that may hear it. It never waits for a client.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from secrets import token_hex

from django.conf import settings
from django.db import Error

from channels_app.live import bus, cuts, history, sweep
from channels_app.live.connections import Connection
from channels_app.live.endings import AGAIN_SECONDS, end, kept
from channels_app.live.frames import Frame
from channels_app.live.rings import Rings, Stream
from channels_app.live.threads import WATCH, in_thread

MOST_PER_MEMBER = 10

logger = logging.getLogger(__name__)


class Hub:
    """All streams and connections of this process. Everything but `bus.publish` happens on its loop.

    `blind`: the log cannot be read, so nobody is let in. `draining`: it will stop; `succeeded`: by another
    process on the same port, where newcomers go by themselves.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.name = token_hex(8)
        self.epoch, self.xmin = "", 0
        self.bus_down, self.heard_at = False, loop.time()
        self.blind = self.draining = self.succeeded = False
        self.streams: dict[int, Stream] = {}
        self.labels: dict[str, Stream] = {}
        self.rings = Rings()
        self.members: defaultdict[int, list[Connection]] = defaultdict(list)
        self.tasks: set[asyncio.Task] = set()

    def begin(self, seen: history.Snapshot) -> None:
        """Take over a survey of the log."""
        self.epoch, self.xmin = seen.epoch, seen.xmin
        self.streams = {at.stream_id: Stream(at) for at in seen.heads}
        self.labels = {stream.label: stream for stream in self.streams.values()}
        self.rings = Rings()

    def take(self, made: Sequence[Frame]) -> None:
        """Apply frames from a page of this process or from the bus."""
        for frame in made:
            stream = self.streams.get(frame.event.stream_id)
            if stream and frame.event.n == stream.head + 1:
                self.advance(stream, frame)
            else:
                self.notice(frame.event.stream_id, frame.event.n)

    def notice(self, stream_id: int, n: int) -> None:
        """Somebody says that a stream has reached `n`; fetch what is missing."""
        stream = self.streams.get(stream_id)
        if stream is None:
            self.spawn(self.adopt(stream_id))
        elif n > stream.head:
            self.fetch(stream, n)

    def advance(self, stream: Stream, frame: Frame, *, rendered: bool = True) -> None:
        """Apply the next number: access first narrowed, then told, then widened."""
        event = frame.event
        posts = event.posts or stream.posts + frame.is_channel_post  # rows of the log carry no count
        stream.head, stream.posts = event.n, max(stream.posts, posts)
        cuts.before(self, stream, event)
        if rendered:
            self.rings.append(stream, frame)
            stream.tell(frame)
        else:
            self.rings.forget(stream)
            for viewer in tuple(stream.viewers):
                viewer.fall_back()
        if frame.is_channel_post:
            stream.tell_count()
        cuts.after(self, stream, event)

    def whisper(self, label: str, text: str, speaker: int) -> None:
        """Say something without a number to those who look at a stream here."""
        stream = self.labels.get(label)
        if stream:
            stream.whisper(text, speaker)

    def jump(self, stream: Stream, at: history.Head) -> None:
        """Go on from a head that cannot be reached event by event: viewers start over, access is checked."""
        stream.head, stream.posts, stream.closed = at.head, at.posts, at.closed
        self.rings.forget(stream)
        cuts.doubt(stream)
        for viewer in tuple(stream.viewers):
            viewer.start_over(stream.label, at.head)

    def fetch(self, stream: Stream, n: int) -> asyncio.Task:
        """Read from the log up to at least `n`, or to its end; one reader per stream."""
        stream.wanted = max(stream.wanted, n)
        fetching = stream.fetching = stream.fetching or self.spawn(self.catch_up(stream))
        return fetching

    async def catch_up(self, stream: Stream) -> None:
        """Apply rows of the log until the wanted number is reached; without a database, end quietly."""
        try:
            while stream.head < stream.wanted:
                aim = stream.wanted
                at, made, rendered = await in_thread(sweep.missing, stream, bool(stream.viewers), pool=WATCH)
                if self.streams.get(stream.id) is not stream:
                    break  # another history has begun meanwhile
                if at and at.head > stream.head:
                    sweep.apply(self, stream, at, made, rendered)
                elif stream.wanted == aim:
                    break
        except Error:
            logger.warning("the log cannot be read", exc_info=True)
        finally:
            stream.fetching = None
            stream.wanted = stream.head

    async def adopt(self, stream_id: int) -> None:
        """Learn of a stream made after the hub began, from its first event on. Raises a database error."""
        at = await in_thread(history.head_of, stream_id, pool=WATCH)
        if at is None:
            return
        if stream_id not in self.streams:
            stream = self.streams[stream_id] = self.labels[at.label] = Stream(at)
            stream.head = stream.posts = 0
        if at.head > self.streams[stream_id].head:
            await asyncio.shield(self.fetch(self.streams[stream_id], at.head))

    def is_up_to(self, label: str, n: int) -> bool:
        """Whether a stream is known, has reached `n`, and nothing is being fetched for it."""
        stream = self.labels.get(label)
        return stream is not None and n <= stream.head and stream.fetching is None

    async def stream(self, label: str) -> Stream | None:
        """The stream with a name on the wire, also one just made."""
        if label not in self.labels:
            stream_id = await in_thread(history.id_of, label)
            if stream_id is not None:
                await self.adopt(stream_id)
        return self.labels.get(label)

    @property
    def connections(self) -> list[Connection]:
        """All of this process."""
        return [connection for same in self.members.values() for connection in same]

    def enter(self, connection: Connection) -> None:
        """Count a connection among its member's; the oldest makes room for the eleventh."""
        same = self.members[connection.member_id]
        same.append(connection)
        if len(same) > MOST_PER_MEMBER:
            same[0].close(4409)
            self.leave(same[0])

    def leave(self, connection: Connection) -> None:
        """Forget a connection."""
        same = self.members.get(connection.member_id, [])
        if connection in same:
            same.remove(connection)
        if not same:
            self.members.pop(connection.member_id, None)
        for label in connection.heard:
            self.labels[label].viewers.discard(connection)
            self.labels[label].listeners.discard(connection)
        connection.heard.clear()

    def spawn(self, coroutine) -> asyncio.Task:
        """Run something beside the loop's other work, until it ends or the hub stops."""
        task = self.loop.create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.ended)
        return task

    def ended(self, task: asyncio.Task) -> None:
        """Let go of a task; what went wrong is logged, and found again by the sweep."""
        self.tasks.discard(task)
        if not task.cancelled() and task.exception():
            logger.warning("something beside the loop failed", exc_info=task.exception())


_begun: asyncio.Task[Hub] | None = None


def running() -> Hub | None:
    """The hub of this process, if it has one."""
    if _begun is None or not _begun.done() or _begun.cancelled() or _begun.exception():
        return None
    return _begun.result()


async def start() -> Hub:
    """Start the hub of this process; if one runs or is starting, that is the one. Raises a database error."""
    global _begun
    loop = asyncio.get_running_loop()
    if _begun is None or _begun.get_loop() is not loop or (_begun.done() and running() is None):
        _begun = loop.create_task(begun(loop))
    return await asyncio.shield(_begun)


async def arrive() -> None:
    """Start the hub, however long the database keeps it waiting. Until then every door answers 503."""
    level = logging.WARNING
    while True:
        try:
            await start()
        except Error as error:
            logger.log(level, "the live connections wait for the database: %r", error)
            level = logging.DEBUG
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def begun(loop: asyncio.AbstractEventLoop) -> Hub:
    """A hub that knows where every stream stands, attached to the bus, with its clockwork running."""
    hub = Hub(loop)
    await in_thread(history.verify_timeline, pool=WATCH)
    hub.begin(await in_thread(history.survey, pool=WATCH))
    bus.attach(hub)
    for work in (sweep.sweep, sweep.watch, *([bus.listen, bus.ping] if settings.REDIS_URL else [])):
        hub.spawn(kept(partial(work, hub)))
    return hub


async def stop() -> None:
    """Close every connection for a restart and end the hub's tasks."""
    global _begun
    hub, beginning, _begun = running(), _begun, None
    bus.attach(None)
    if beginning:
        await end([beginning])
    if hub:
        for connection in hub.connections:
            connection.close(1012)
        await end(hub.tasks)
        if settings.REDIS_URL:
            await bus.release()
