"""A client that reads slowly costs a bounded amount and loses nothing; one that stops is closed."""

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator

from channels_app.actions.channels import leave_channel
from channels_app.live import entrance, polling, sweep
from channels_app.live.announce import session_fingerprint
from channels_app.live.connections import Connection, Limits
from channels_app.live.frames import Wish
from channels_app.live.rings import Rings
from tests import factories
from tests.channels_app.live.stage import Browser, act, come_true, log_in, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def slow(hub, member, channel, **limits) -> Connection:
    """A level connection that nobody drains."""
    key = await act(log_in, member)
    connection = Connection(member.pk, key, session_fingerprint(key), Limits(**limits))
    hub.enter(connection)
    await entrance.greet(hub, connection, Wish((channel.stream,), {}, hub.epoch))
    await polling.collected(hub, connection)
    return connection


async def taken(hub, connection: Connection) -> Browser:
    """What a browser shows after draining the connection."""
    browser = Browser("")
    browser.cursors = dict(connection.handed)
    for text in await polling.collected(hub, connection):
        said = json.loads(text)
        browser.told.append(said)
        browser.check(said)
    return browser


@pytest.mark.parametrize("limits", [{"queued_frames": 3}, {"queued_bytes": 4_000}])
async def test_overflow_drops_the_queue_and_pulls_without_a_hole(hub, limits):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    connection = await slow(hub, tanaka, channel, **limits)
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(8)]
    assert (connection.pulling, len(connection.queue)) == (True, 1)
    browser = await taken(hub, connection)
    assert (browser.told[0]["t"], browser.told[-1]["t"]) == ("lag", "live")
    assert (browser.holes, set(browser.shown)) == (0, {post.pk for post in posts})
    await act(factories.post, tanaka, channel, "追いついたあと")
    told = [said for said in (await taken(hub, connection)).told if said.get("s") == channel.stream]
    assert [said["t"] for said in told] == ["e"]
    hub.leave(connection)


async def test_what_is_no_history_survives_an_overflow(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    private = await act(factories.channel, "kenshu", tanaka, miura, kind="private")
    connection = await slow(hub, miura, channel, queued_frames=2)
    await act(factories.post, tanaka, private)
    await act(leave_channel, miura, private)
    for i in range(4):
        await act(factories.post, tanaka, channel, f"{i}件目")
    told = (await taken(hub, connection)).told
    assert {"t": "gone", "s": private.stream} in told
    assert [said for said in told if said["t"] == "u"] == []
    hub.leave(connection)


async def test_counts_are_conflated(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    here = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    there = await act(factories.channel, "zatsudan", tanaka, miura, name="雑談")
    connection = await slow(hub, miura, here)
    for i in range(5):
        await act(factories.post, tanaka, there, f"{i}件目")
    assert (await taken(hub, connection)).told == [{"t": "u", "s": there.stream, "c": 5}]
    hub.leave(connection)


async def test_a_stuck_client_is_closed_with_4408_and_delays_nobody(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    stuck, brisk = Browser(await act(log_in, tanaka)), await screen(tanaka, channel)
    reading = asyncio.Event()
    reading.set()
    stuck.socket = blocking(stuck.socket, reading)
    await stuck.open()
    await stuck.hello(channel.stream)
    connection = hub.members[tanaka.pk][-1]
    reading.clear()
    post = await act(factories.post, tanaka, channel)
    await brisk.until("e", id=post.pk)
    await come_true(lambda: connection.sending_since is not None)
    sweep.close_slow(hub, hub.loop.time() + 29)
    assert connection.code is None
    sweep.close_slow(hub, hub.loop.time() + 31)
    assert await stuck.closed() == 4408
    later = await act(factories.post, tanaka, channel)
    await brisk.until("e", id=later.pk)
    await brisk.leave()


def blocking(socket: ApplicationCommunicator, reading: asyncio.Event) -> ApplicationCommunicator:
    """The same socket on a server whose buffer takes frames only while `reading` is set."""
    application = socket.application

    async def full_buffer(scope, receive, send):
        async def send_slowly(message):
            if message["type"] == "websocket.send":
                await reading.wait()
            await send(message)

        await application(scope, receive, send_slowly)

    return ApplicationCommunicator(full_buffer, socket.scope)


async def test_when_all_queues_are_too_large_the_worst_goes_first(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    other = await act(factories.channel, "zatsudan", tanaka, miura, name="雑談")
    worst, modest = await slow(hub, tanaka, channel), await slow(hub, miura, other)
    await act(factories.post, tanaka, channel, "長い話" * 300)
    await act(factories.post, tanaka, other, "短い話")
    sweep.close_slow(hub, hub.loop.time(), most_queued=worst.size)
    assert (worst.code, modest.code) == (4408, None)
    hub.leave(worst)
    hub.leave(modest)


async def test_rings_stay_within_their_bound(hub):
    tanaka = await act(person, "tanaka")
    here = await act(factories.channel, "madoguchi-dx", tanaka)
    there = await act(factories.channel, "zatsudan", tanaka, name="雑談")
    looking = await screen(tanaka, here, there)
    hub.rings = Rings(capacity=6_000, length=3)
    for stream in hub.streams.values():
        stream.ring = None
    for i in range(5):
        last = await act(factories.post, tanaka, here, f"{i}件目")
    assert hub.labels[here.stream].since(last.n - 3) is None or hub.rings.size <= 6_000
    assert len(hub.labels[here.stream].ring or ()) <= 3
    await act(factories.post, tanaka, there, "長い話" * 300)
    assert hub.labels[here.stream].ring is None
    assert hub.rings.size == sum(frame.size for s in hub.streams.values() for frame in s.ring or ())
    await looking.leave()


async def test_nothing_is_left_of_connections_that_went(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browsers = [await screen(tanaka, channel) for _ in range(3)]
    assert len(hub.labels[channel.stream].viewers) == 3
    for browser in browsers:
        await browser.leave()
    assert [s.label for s in hub.streams.values() if s.everybody] == []
    assert hub.connections == []
