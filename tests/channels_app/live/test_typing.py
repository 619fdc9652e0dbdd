"""That somebody is writing: heard by who looks, never kept, and the first thing dropped."""

import asyncio

import pytest

from channels_app.actions.channels import leave_channel
from channels_app.live import bus, ephemera
from channels_app.live.connections import Connection, Limits
from channels_app.live.wire import ready
from channels_app.models import LiveEvent
from tests import factories
from tests.channels_app.live.stage import act, come_true, log_in, page, poll, screen
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def writing(*browsers) -> list[list[dict]]:
    """The ephemeral frames each has been told by now."""
    return [[said for said in await browser.quiet() if said["t"] == "eph"] for browser in browsers]


async def test_typing_is_told_to_who_looks_and_to_nobody_else(hub):
    tanaka, miura, ito = [await act(person, name) for name in ("tanaka", "miura", "ito")]
    here = await act(factories.channel, "madoguchi-dx", tanaka, miura, ito)
    there = await act(factories.channel, "zatsudan", tanaka, miura, ito, name="雑談")
    writer, own_phone = await screen(tanaka, here), await screen(tanaka, here)
    reader, elsewhere = await screen(miura, here), await screen(ito, there)
    rows = await act(LiveEvent.objects.count)
    await writer.say(t="typing", s=here.stream)
    told = {"t": "eph", "s": here.stream, "k": "typing", "m": tanaka.pk, "name": tanaka.name}
    assert await reader.until("eph") == told
    assert await writing(writer, own_phone, reader, elsewhere) == [[], [], [told], []]
    assert await act(LiveEvent.objects.count) == rows
    for browser in (writer, own_phone, reader, elsewhere):
        await browser.leave()


async def test_one_in_three_seconds_is_passed_on(hub, monkeypatch):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    writer, reader = await screen(tanaka, channel), await screen(miura, channel)
    for _ in range(5):
        await writer.say(t="typing", s=channel.stream)
    await writer.quiet()
    assert [len(told) for told in await writing(reader)] == [1]
    for connection in hub.members[tanaka.pk]:
        connection.typing_after -= ephemera.EVERY_SECONDS
    await writer.say(t="typing", s=channel.stream)
    await writer.quiet()
    assert [len(told) for told in await writing(reader)] == [2]
    await writer.leave()
    await reader.leave()


async def test_only_who_looks_and_may_write_is_heard(hub):
    tanaka, miura, ito = [await act(person, name) for name in ("tanaka", "miura", "ito")]
    channel = await act(factories.channel, "madoguchi-dx", tanaka, ito)
    private = await act(factories.channel, "kenshu", tanaka, ito, kind="private")
    reader = await screen(tanaka, channel, private)
    outsider, elsewhere, left = await screen(miura, channel), await screen(ito), await screen(ito, channel)
    await act(leave_channel, ito, channel)
    for browser, stream in [
        (outsider, channel.stream),
        (outsider, private.stream),
        (elsewhere, private.stream),
        (left, channel.stream),
        (left, "c999999"),
        (left, "s"),
        (left, "x"),
    ]:
        await browser.say(t="typing", s=stream)
        await browser.quiet()
    assert await writing(reader) == [[]]
    member = await screen(ito, private)
    await member.say(t="typing", s=private.stream)
    assert (await reader.until("eph"))["m"] == ito.pk
    for browser in (reader, outsider, elsewhere, left, member):
        await browser.leave()


async def test_typing_without_a_stream_closes_with_4400(hub):
    browser = await screen(await act(person, "tanaka"))
    await browser.say(t="typing", s=7)
    assert await browser.closed() == 4400


async def test_typing_ends_no_poll(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    writer, key = await screen(tanaka, channel), await act(log_in, miura)
    stream, n = await act(page, channel)
    held = asyncio.create_task(poll(key, stream, cur={stream: n}, wait=25))
    await come_true(lambda: [one for one in hub.connections if (one.door, one.is_drained) == ("poll", True)])
    await writer.say(t="typing", s=stream)
    await writer.quiet()
    post = await act(factories.post, tanaka, channel)
    told = (await held).told
    assert [said["t"] for said in told] == ["hi", "live", "e"]
    assert told[-1]["id"] == post.pk
    await writer.leave()


@pytest.mark.parametrize("limits", [{"queued_frames": 8}, {"queued_bytes": 80}])
async def test_ephemera_are_dropped_when_a_queue_is_half_full(limits):
    connection = Connection(7, "key", limits=Limits(**limits))
    for _ in range(10):
        connection.whisper("x" * 10, ready("x" * 10))
    assert len(connection.queue) == 4
    connection.overflow()
    assert [text for _, text, _, _ in connection.queue] == ['{"t":"lag"}']


async def test_typing_reaches_other_processes_as_one_message(start_site, mortal_redis, monkeypatch):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    site = await act(start_site, live=2, redis_url=mortal_redis.url)
    screens = []
    for server, member in zip(site.live, (tanaka, miura), strict=True):
        screens.append(NetBrowser(server, await act(log_in, member)))
        await screens[-1].open()
        await screens[-1].hello(channel.stream)
    writer, reader = screens
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus")
    await writer.say(t="typing", s=channel.stream)
    assert (await reader.until("eph"))["name"] == tanaka.name
    assert await writing(writer, reader) == [[], [reader.told[-2]]]
    for browser in screens:
        await browser.leave()


async def test_an_unreadable_whisper_is_passed_over(hub, caplog):
    bus.hear(hub, {"type": bus.WHISPER, "o": "another process", "s": "c1"})
    bus.hear(hub, {"type": bus.WHISPER, "o": "another process", "s": "c1", "m": 7, "b": b"\xff"})
    assert len(caplog.records) == 2
