"""What an event changes about who hears what: exact, in the order of the stream, without a query."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from channels_app.live import frames
from channels_app.live.connections import Connection
from channels_app.live.log import Emitted
from channels_app.live.rings import Stream
from channels_app.models import LiveEvent

if TYPE_CHECKING:
    from channels_app.live.hub import Hub

Kind = LiveEvent.Kind
SUSPENDED = 4403


def before(hub: "Hub", stream: Stream, event: Emitted) -> None:
    """Narrow access before the event is told: of a channel that has just closed, only members hear it."""
    if event.kind == Kind.POST_REMOVED:
        hub.rings.strip(stream, event.obj_id)
    if event.kind == Kind.CHANNEL_CHANGED:
        stream.closed = (event.aux or {}).get("closed", stream.closed)
        for connection in hub.connections:
            connection.stale = True
        for viewer in (stream.viewers - stream.listeners) if stream.closed else ():
            if viewer.miscounted:
                withhold(viewer, stream)
            else:
                cut(viewer, stream)


def after(hub: "Hub", stream: Stream, event: Emitted) -> None:
    """Move the member's connections at exactly this number; after a bulk change everybody starts over."""
    if event.kind == Kind.CHANNEL_RELOADED:
        hub.rings.forget(stream)
        for viewer in tuple(stream.viewers):
            viewer.start_over(stream.label, event.n)
    consequence = CONSEQUENCES.get(event.kind)
    if consequence:
        for connection in tuple(hub.members.get(event.obj_id, ())):
            connection.stale = True
            if connection.greeted or consequence in {suspend, revoke}:
                consequence(connection, stream, event)


def join(connection: Connection, stream: Stream, event: Emitted) -> None:
    """A member's screens learn the channel's count from here on, and soon how many of them are read."""
    stream.listeners.add(connection)
    connection.heard.add(stream.label)
    connection.miscount()


def part(connection: Connection, stream: Stream, event: Emitted) -> None:
    """A member who left an open channel may go on reading it; a closed one is gone."""
    stream.listeners.discard(connection)
    connection.unread.pop(stream.label, None)
    if stream.closed:
        cut(connection, stream)


def cut(connection: Connection, stream: Stream) -> None:
    """The connection hears nothing more of the stream."""
    stream.viewers.discard(connection)
    stream.listeners.discard(connection)
    connection.heard.discard(stream.label)
    connection.look_away(stream.label)
    connection.say(frames.gone(stream.label))


def doubt(stream: Stream) -> None:
    """Of nobody it is known any more whether they are in the channel: among what was passed over somebody may
    have left. All are looked up again, and of a closed channel they hear nothing before that.
    """
    for connection in stream.everybody:
        connection.stale = True
        connection.miscount()
        if stream.closed:
            withhold(connection, stream)
    stream.listeners.clear()


def withhold(connection: Connection, stream: Stream) -> None:
    """The connection hears nothing of the stream until its access has been looked up; then it starts over."""
    stream.viewers.discard(connection)
    stream.listeners.discard(connection)
    connection.withhold(stream.label)


def suspend(connection: Connection, stream: Stream, event: Emitted) -> None:
    """Every connection of the member closes."""
    connection.close(SUSPENDED)


def revoke(connection: Connection, stream: Stream, event: Emitted) -> None:
    """The connections of one session close."""
    if connection.session == (event.aux or {}).get("session"):
        connection.close(SUSPENDED)


CONSEQUENCES: dict[int, Callable[[Connection, Stream, Emitted], None]] = {
    Kind.MEMBER_JOINED: join,
    Kind.MEMBER_LEFT: part,
    Kind.MEMBER_SUSPENDED: suspend,
    Kind.SESSION_REVOKED: revoke,
}
