"""The bus between processes: makes delivery faster, is never what delivery depends on.

A page hands its frames to the hub of its own process, if there is one, and, when Redis is configured, to all
others with one PUBLISH per event through one layer connection. What is lost on the way, the sweep finds.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from channels.layers import get_channel_layer
from django.conf import settings

from channels_app.live import frames
from channels_app.live.frames import Frame
from channels_app.live.log import Emitted

GROUP = "bus"
WHISPER = "eph"
PING_SECONDS = 5
SILENCE_SECONDS = 10  # without our own ping for so long the bus counts as down
SEND_SECONDS = 2
JOIN_SECONDS = 300  # a subscription is made anew, in case the server forgot it
MOST_UNDER_WAY = 1_000  # beyond it the bus is not keeping up, and the sweep is faster

logger = logging.getLogger(__name__)


class Receiver(Protocol):
    """What the bus needs of a hub."""

    name: str
    loop: asyncio.AbstractEventLoop
    bus_down: bool
    heard_at: float  # when our own ping last came back, in the loop's time

    def take(self, made: Sequence[Frame]) -> None:
        """Apply frames, on the hub's loop."""

    def whisper(self, label: str, text: str, speaker: int) -> None:
        """Pass on an ephemeral frame, on the hub's loop."""


class Outlet:
    """Where this process publishes from: its hub's loop, or a thread with a loop of its own."""

    def __init__(self):
        self.receiver: Receiver | None = None
        self.own_loop: asyncio.AbstractEventLoop | None = None
        self.lock = threading.Lock()
        self.under_way = 0

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop whose layer connection is used; started in the background when there is no hub."""
        if self.receiver:
            return self.receiver.loop
        with self.lock:
            if self.own_loop is None:
                self.own_loop = asyncio.new_event_loop()
                threading.Thread(target=self.own_loop.run_forever, name="bus", daemon=True).start()
        return self.own_loop

    @property
    def origin(self) -> str:
        """Whose messages these are: a hub passes over its own."""
        return self.receiver.name if self.receiver else ""

    def send(self, messages: Sequence[dict]) -> None:
        """Publish to the other processes, without waiting. Raises TimeoutError when too much is under way."""
        if self.under_way > MOST_UNDER_WAY:
            if self.receiver:
                self.receiver.bus_down = True
            raise TimeoutError("the bus does not keep up")
        sending = asyncio.run_coroutine_threadsafe(send_all(messages), self.loop)
        with self.lock:
            self.under_way += 1
        sending.add_done_callback(self.sent)

    def sent(self, sending: Future) -> None:
        """Note a failure: the sweep then looks more often."""
        with self.lock:
            self.under_way -= 1
        if not sending.cancelled() and sending.exception():
            logger.warning("publishing failed; the sweep delivers: %r", sending.exception())
            if self.receiver:
                self.receiver.bus_down = True


outlet = Outlet()


def publish(emitted: Sequence[Emitted]) -> None:
    """Hand committed events to the hubs. Called after the commit, in a page's thread; never raises.

    Side effects in order: the fragments are rendered and encoded, the own hub takes them, the other processes
    get them.
    """
    try:
        made = frames.events(emitted)
        if outlet.receiver:
            outlet.receiver.loop.call_soon_threadsafe(outlet.receiver.take, made)
        if settings.REDIS_URL:
            outlet.send([packed(frame, outlet.origin) for frame in made])
    except Exception:
        logger.exception("publishing failed; the sweep delivers")


def whisper(label: str, text: str, speaker: int) -> None:
    """Pass an ephemeral frame to the other processes: one message, none while the bus is down or busy."""
    receiver = outlet.receiver
    if not settings.REDIS_URL or receiver is None or receiver.bus_down:
        return
    if 2 * outlet.under_way < MOST_UNDER_WAY:
        outlet.send([{"type": WHISPER, "o": receiver.name, "s": label, "m": speaker, "b": text.encode()}])


def attach(receiver: Receiver | None) -> None:
    """Make a hub the one of this process, or none."""
    outlet.receiver = receiver


def packed(frame: Frame, origin: str) -> dict:
    """A frame as a message of the layer; `b` stays untouched bytes."""
    event = frame.event
    return {
        "type": GROUP,
        "o": origin,
        "s": event.stream_id,
        "l": event.stream,
        "n": event.n,
        "x": event.xid,
        "c": event.posts,
        "vis": int(frame.is_channel_post),
        "k": event.kind,
        "i": event.obj_id,
        "v": event.ver,
        "a": event.actor_id,
        "aux": event.aux,
        "b": frame.text.encode(),
    }


def unpacked(message: dict) -> Frame:
    """The frame of a message."""
    m = message
    event = Emitted(m["s"], m["l"], m["n"], m["x"], m["c"], m["k"], m["i"], m["v"], m["a"], m["aux"])
    return Frame(event, m["b"].decode(), len(m["b"]))


async def send_all(messages: Sequence[dict]) -> None:
    """One PUBLISH per message, in order."""
    layer = get_channel_layer()
    for message in messages:
        async with asyncio.timeout(SEND_SECONDS):
            await layer.group_send(GROUP, message)


async def release() -> None:
    """Close this loop's connections to Redis; a Redis that is away does not keep the process from leaving."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(SEND_SECONDS):
            await get_channel_layer().flush()


async def listen(receiver: Receiver) -> None:
    """Apply what other processes say, and hear our own pings, until cancelled.

    Silence or a failure marks the bus as down and subscribes anew on fresh connections: the layer itself
    tells nobody when it has lost its subscription.
    """
    layer = get_channel_layer()
    while True:
        try:
            name = await layer.new_channel()
            joined_at = float("-inf")
            while True:
                if receiver.loop.time() - joined_at > JOIN_SECONDS:
                    await layer.group_add(GROUP, name)
                    joined_at = receiver.loop.time()
                async with asyncio.timeout(SILENCE_SECONDS):
                    message = await layer.receive(name)
                hear(receiver, message)
        except Exception as error:
            logger.warning("the bus cannot be heard: %r", error)
            receiver.bus_down = True
            await asyncio.sleep(1)
            with contextlib.suppress(Exception):
                async with asyncio.timeout(SEND_SECONDS):
                    await layer.flush()


def hear(receiver: Receiver, message: dict) -> None:
    """Apply one message of the layer; a message of another version of Kyoso is passed over."""
    try:
        if message["type"] == GROUP and message["o"] != receiver.name:
            receiver.take([unpacked(message)])
        elif message["type"] == WHISPER and message["o"] != receiver.name:
            receiver.whisper(message["s"], message["b"].decode(), message["m"])
        elif message["type"] == "ping" and message["o"] == receiver.name:
            receiver.heard_at, receiver.bus_down = receiver.loop.time(), False
    except (KeyError, TypeError, UnicodeDecodeError):
        logger.warning("an unreadable message on the bus", exc_info=True)


async def ping(receiver: Receiver) -> None:
    """Say something to ourselves every few seconds, to know that the bus carries."""
    while True:
        try:
            await send_all([{"type": "ping", "o": receiver.name}])
        except Exception as error:
            logger.warning("the bus cannot be reached: %r", error)
            receiver.bus_down = True
        await asyncio.sleep(PING_SECONDS)
        if receiver.loop.time() - receiver.heard_at > SILENCE_SECONDS:
            receiver.bus_down = True
