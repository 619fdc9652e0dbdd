"""What all doors have in common: who stands there, and what their hello gives them."""

import asyncio
import time
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import parse_cookie

from channels_app.live import frames, metrics, streams
from channels_app.live.announce import session_fingerprint
from channels_app.live.connections import Closed, Connection
from channels_app.live.frames import Wish
from channels_app.live.pace import pace
from channels_app.live.rings import Stream
from channels_app.live.streams import LOG_IN_AGAIN, Reach, Refusal
from channels_app.live.threads import together

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

MOST_ENTERING = 50  # handshakes, hellos and polls being looked up at once in a process
PATIENCE_SECONDS = 1.0  # for a place among them: browsers give a door 5 s, two refusals lead down a rung
SECONDS_BETWEEN_LOOKS = 0.1
MOST_BEHIND = 1_000  # events; fetching one page is cheaper
BEFORE_ALL = -1  # a cursor from which every stream starts over
RETRY_AFTER = 3  # seconds
SPREAD = 20  # seconds over which clients return after a restart
SLOW_DOWN = 4429
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class Full(Exception):
    """Too many are coming in at once, or the process is leaving: 503 with Retry-After."""


class Crowd:
    """How many are being looked up at this moment. A context manager for one of them."""

    def __init__(self, most: int = MOST_ENTERING, patience: float = PATIENCE_SECONDS):
        self.most, self.patience, self.inside = most, patience, 0

    def __enter__(self) -> None:
        self.inside += 1

    def __exit__(self, *_) -> None:
        self.inside -= 1

    async def make_way(self, hub: "Hub") -> None:
        """Wait for a place, `patience` seconds at most. Raises Full when nobody more can be let in then."""
        limit = hub.loop.time() + self.patience
        while self.inside >= self.most and hub.loop.time() < limit:  # noqa: ASYNC110 (an event wakes all)
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        if self.inside >= self.most or hub.blind or (hub.draining and not hub.succeeded):
            raise Full


crowd = Crowd()


def header(scope: dict, name: bytes) -> str | None:
    """A request header; None when it is missing or given twice."""
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return found[0] if len(found) == 1 else None


def cookie(scope: dict, name: str) -> str:
    """A cookie's value, or ""."""
    found = [value.decode("latin-1") for key, value in scope["headers"] if key == b"cookie"]
    return parse_cookie("; ".join(found)).get(name, "")


def has_own_origin(scope: dict) -> bool:
    """Whether a page of this site asks: the exact origin, with scheme and port; a missing one is refused."""
    origin = header(scope, b"origin")
    return origin is not None and bare_origin(origin) in _bare(tuple(settings.LIVE_ORIGINS))


@lru_cache(maxsize=4)
def _bare(origins: tuple[str, ...]) -> frozenset[str]:
    return frozenset(bare_origin(own) for own in origins)


def bare_origin(origin: str) -> str:
    """An origin as browsers write it: lower case, without its scheme's own port."""
    origin = origin.lower().rstrip("/")
    return origin.removesuffix(DEFAULT_PORTS.get(origin.split(":", 1)[0], " "))


async def newcomer(hub: "Hub", scope: dict, door: str) -> Connection:
    """A connection for the member of the request's session; `door` is "socket", "stream" or "poll".

    Raises Refusal, Closed (4429), Full or a database error.
    """
    await crowd.make_way(hub)
    with crowd:
        session_key = cookie(scope, settings.SESSION_COOKIE_NAME)
        if not session_key:
            raise Refusal(LOG_IN_AGAIN)
        if not pace.lets_in(session_key, hub.loop.time()):
            raise Closed(SLOW_DOWN)
        holder = await together(streams.holder_of, session_key)
        connection = Connection(holder.member_id, session_key, session_fingerprint(session_key))
        connection.door = door
        return connection


async def greet(hub: "Hub", connection: Connection, wish: Wish) -> Reach:
    """Answer a hello: hi, then what is gone and what starts over; the cursors are pulled level afterwards."""
    async with connection.lock:
        reach = await look_up(hub, connection, wish)
        if has_left(hub, connection):
            return reach
        introduce(hub, connection, reach)
        metrics.GAPS.inc(wish.gaps)
        settle(hub, connection, reach, wish, again=True)
        for label in reach.own:
            if label in hub.labels:
                begin(hub.labels[label], connection, wish, 0, hub.epoch)
        connection.greeted = True
        connection.fall_back()
        return reach


def has_left(hub: "Hub", connection: Connection) -> bool:
    """Whether it went while it was being looked up: nothing may hold on to it any more."""
    return connection not in hub.members.get(connection.member_id, ())


def introduce(hub: "Hub", connection: Connection, reach: Reach) -> None:
    """Say hi: where the streams stand, and the counts."""
    heads = {label: hub.labels[label].head for label in (*reach.own, *reach.focus) if label in hub.labels}
    more = {"spread": SPREAD, "build": getattr(settings, "BUILD", "")}
    connection.say(frames.hi(connection.name, hub.epoch, reach.member_id, heads, reach.counts, **more))
    connection.miscounted = False


async def refocus(hub: "Hub", connection: Connection, wish: Wish | None = None) -> None:
    """Answer a focus frame or, without one, look the same focus up anew; after a bulk change say the counts.

    What the same is, is known only when nothing else is being answered: a focus frame may be under way.
    """
    async with connection.lock:
        wish = wish or Wish(tuple(filter(streams.is_channel, connection.looked_at)), {}, hub.epoch)
        reach = await look_up(hub, connection, wish)
        if has_left(hub, connection):
            return
        if connection.miscounted:
            introduce(hub, connection, reach)
        over = dict.fromkeys(connection.withheld, BEFORE_ALL)
        settle(hub, connection, reach, replace(wish, cursors=wish.cursors | over), again=False)


async def look_up(hub: "Hub", connection: Connection, wish: Wish) -> Reach:
    """What the member may hear, in a moment at which the hub has applied all of it.

    Access that changes while it is being looked up makes it be looked up again, so nobody slips through
    between the query and the subscription.
    """
    while True:
        connection.stale = False
        reach = await together(streams.reach, connection.session_key, wish.focus)
        for label in (*reach.own, *reach.focus, *reach.counts):
            n = max(wish.cursors.get(label, 0), reach.focus.get(label, 0))
            if not hub.is_up_to(label, n):
                await bring_up(hub, label, n)
        if not connection.stale:
            connection.looked_up_at = hub.loop.time()
            connection.ends_at = on_the_loop(hub, reach.ends_at)
            return counted(hub, reach)


def counted(hub: "Hub", reach: Reach) -> Reach:
    """The reach with the counts as of the hub's heads: what the hub tells afterwards is counted on top."""
    known = {label: hub.labels[label].posts for label in reach.counts if label in hub.labels}
    counts = {label: [known.get(label, posts), read] for label, (posts, read) in reach.counts.items()}
    return replace(reach, counts=counts)


def on_the_loop(hub: "Hub", moment: int | None) -> float:
    """A moment in seconds since 1970 on the loop's clock; None is never."""
    return float("inf") if moment is None else hub.loop.time() + moment - time.time()


async def bring_up(hub: "Hub", label: str, n: int) -> None:
    """Make sure that the hub knows a stream and is not behind a number the client has already seen."""
    stream = hub.labels.get(label) or await hub.stream(label)
    if stream and (n > stream.head or stream.fetching):
        await asyncio.shield(hub.fetch(stream, n))  # others wait for the same fetch


def settle(hub: "Hub", connection: Connection, reach: Reach, wish: Wish, *, again: bool) -> None:
    """Move the connection to what it may hear; with `again`, streams it hears already start anew."""
    connection.withheld.clear()
    heard = {label for label in connection.cursors if streams.is_channel(label)}
    for label in heard - set(reach.focus):
        hub.labels[label].viewers.discard(connection)
        connection.look_away(label)
    for label in wish.focus:
        if label not in reach.focus or label not in hub.labels:
            connection.say(frames.gone(label))
        elif again or label not in heard:
            begin(hub.labels[label], connection, wish, reach.focus[label], hub.epoch)
    # The hub's own texts, so that thousands of connections share them.
    joined = {hub.labels[label].label for label in reach.counts if label in hub.labels}
    for label in connection.heard - joined:
        hub.labels[label].listeners.discard(connection)
    for label in joined:
        hub.labels[label].listeners.add(connection)
    connection.heard = set(connection.cursors) | joined


def begin(stream: Stream, connection: Connection, wish: Wish, after: int, epoch: str) -> None:
    """Let a connection look at a stream from its cursor, or from the present if that cannot be replayed."""
    label, n = stream.label, wish.cursors.get(stream.label)
    connection.look_away(label)
    stream.viewers.add(connection)
    connection.heard.add(label)
    if n is None:
        connection.look_at(label, stream.head)
    elif wish.epoch != epoch or not max(after, stream.head - MOST_BEHIND) <= n <= stream.head:
        connection.start_over(label, stream.head)
    else:
        connection.look_at(label, n)
