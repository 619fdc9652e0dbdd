"""The streamed answer tells what the WebSocket tells, guards its door as well, and ends only for a reason."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection as database

from channels_app.actions.access import cut_member
from channels_app.actions.channels import leave_channel
from channels_app.live import entrance, goodbye, streaming, sweep
from channels_app.live.connections import Limits
from tests import factories
from tests.channels_app.live.stage import (
    PATIENCE,
    Browser,
    Poll,
    act,
    come_true,
    log,
    log_in,
    page,
    screen,
)
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


class Request(Poll):
    """A request for a streamed answer; refusals are answered like those of a poll."""

    path = "/live/stream"


class Lines(Browser):
    """An open page on a streamed answer. Its first line, headers and end are kept."""

    def __init__(self, session_key: str | None, *channels, epoch: str = "", **cursors: int):
        super().__init__(session_key)
        self.cursors = dict(cursors)
        focus = [channel.stream for channel in channels]
        hello = {"t": "hello", "v": 1, "epoch": epoch, "cur": cursors, "focus": focus}
        self.socket = Request(session_key, hello).request
        self.body, self.kept, self.beats = json.dumps(hello).encode(), [], []

    async def open(self) -> int:
        """Ask; returns the status."""
        await self.socket.send_input({"type": "http.request", "body": self.body, "more_body": False})
        start = await self.socket.receive_output(PATIENCE)
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"]

    async def next(self) -> dict:
        """The next line, checked and shown."""
        chunk = await self.socket.receive_output(PATIENCE)
        text = chunk["body"].decode()
        assert text.endswith("\n") and text.count("\n") == 1
        said = json.loads(text)
        if said["t"] == "closed":
            self.code, self.ended = said["code"], not chunk["more_body"]
        elif said["t"] == "hb":
            self.beats.append(text)
        else:
            self.told.append(said)
            self.check(said)
        return said

    async def level(self) -> dict:
        """Wait until everything so far has been told; returns hi."""
        answer = await self.until("hi")
        self.cursors = answer["heads"] | self.cursors
        await self.until("live")
        return answer

    async def leave(self) -> None:
        """Close the page."""
        await self.socket.send_input({"type": "http.disconnect"})
        await self.socket.wait(PATIENCE)


async def lines(member, *channels, **cursors: int) -> Lines:
    """A member's open page on a streamed answer, level."""
    key, epoch = await act(log_in, member), await act(log.epoch)
    browser = Lines(key, *channels, epoch=epoch, **cursors)
    assert await browser.open() == 200
    await browser.level()
    return browser


async def test_the_first_line_is_long_and_comes_before_anything_is_looked_up(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    await act(factories.post, tanaka, channel)
    stream, n = await act(page, channel)
    browser = await lines(tanaka, channel, **{stream: n})
    assert [len(beat) > streaming.PADDING for beat in browser.beats] == [True]
    assert [said["t"] for said in browser.told] == ["hi", "live"]
    assert (browser.told[0]["heads"][stream], browser.told[0]["ch"]) == (n, {stream: [1, 1]})
    assert browser.headers == {
        "content-type": "application/x-ndjson",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
        "x-content-type-options": "nosniff",
    }
    await browser.leave()
    assert hub.connections == []


async def test_a_streamed_answer_tells_what_the_socket_tells(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    other = await act(factories.channel, "zatsudan", tanaka, miura, name="雑談")
    socket, streamed = await screen(tanaka, channel), await lines(tanaka, channel)
    assert {connection.door for connection in hub.connections} == {"socket", "stream"}
    for text in ("ひとつ", "ふたつ"):
        await act(factories.post, miura, channel, text)
    await act(factories.post, miura, other)
    for browser in (socket, streamed):
        await browser.until("u", s=other.stream)
    after = [browser.told[browser.told.index({"t": "live"}) + 1 :] for browser in (socket, streamed)]
    assert after[0] == after[1]
    assert ([said["t"] for said in after[0]], streamed.holes) == (["e", "e", "u"], 0)
    for browser in (socket, streamed):
        await browser.leave()


async def test_what_was_missed_comes_after_the_hello(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    stream, n = await act(page, channel)
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(3)]
    browser = await lines(tanaka, channel, **{stream: n})
    assert (browser.holes, set(browser.shown)) == (0, {post.pk for post in posts})
    await browser.leave()


async def test_nothing_is_held_in_the_database_while_an_answer_is_open(hub):
    tanaka = await act(person, "tanaka")
    browser = await lines(tanaka, await act(factories.channel, "madoguchi-dx", tanaka))
    assert await act(others_in_a_transaction) == 0
    await browser.leave()


def others_in_a_transaction() -> int:
    """How many connections of this database stand in a transaction, beside the one that asks."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


async def test_a_silent_answer_gives_a_sign_of_life(hub, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.02)
    browser = await lines(await act(person, "tanaka"))
    for _ in range(3):
        await browser.until("hb")
    assert browser.beats[-1] == '{"t":"hb"}\n'
    await browser.leave()


async def test_a_suspended_member_hears_the_code_at_once_and_nothing_more(hub):
    ito, tanaka = await act(person, "ito"), await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, ito)
    browser, member = await lines(ito, channel), await lines(tanaka, channel)
    await act(cut_member, ito)
    await act(factories.post, tanaka, channel, "あとの話")
    assert (await browser.closed(), browser.ended) == (4403, True)
    assert "あとの話" in str(await member.until("e", s=channel.stream))
    assert "あとの話" not in str(browser.told)
    await browser.socket.wait(PATIENCE)
    await member.leave()
    assert hub.connections == []


async def test_a_closed_channel_is_gone_for_a_stranger_and_for_who_leaves_it(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "kenshu", tanaka, ito, kind="private")
    stranger = await lines(await act(person, "miura"), channel, **{channel.stream: 0})
    assert [said["t"] for said in stranger.told] == ["hi", "gone", "live"]
    member = await lines(ito, channel)
    await act(leave_channel, ito, channel)
    await member.until("gone", s=channel.stream)
    await act(factories.post, tanaka, channel, "内輪の相談")
    await act(factories.post, tanaka, await act(factories.channel, "madoguchi-dx", tanaka, ito))
    await member.until("u")
    assert "内輪" not in str(stranger.told + member.told)
    for browser in (stranger, member):
        await browser.leave()


async def test_a_leaving_process_says_goodbye_and_lets_nobody_in(hub, monkeypatch):
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0.05)
    tanaka = await act(person, "tanaka")
    key, browser = await act(log_in, tanaka), await lines(tanaka)
    await goodbye.drain(0.2)
    bye = await browser.until("bye")
    assert (0 <= bye["after"] <= 200, await browser.closed(), browser.ended) == (True, 1012, True)
    late = await asked(key)
    assert (late.status, late.told, late.headers["retry-after"]) == (503, {"code": 1012}, "3")


async def test_the_eleventh_connection_replaces_the_oldest_whatever_carries_it(hub):
    tanaka = await act(person, "tanaka")
    oldest = await lines(tanaka)
    others = [await screen(tanaka) for _ in range(10)]
    assert (await oldest.closed(), oldest.ended) == (4409, True)
    for browser in others:
        await browser.leave()


async def test_a_client_that_reads_nothing_is_closed_and_delays_nobody(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    stuck, brisk = await unread(tanaka, channel), await lines(miura, channel)
    stuck.reading.clear()
    connection = hub.members[tanaka.pk][-1]
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(3)]
    await brisk.until("e", id=posts[-1].pk)
    await come_true(lambda: connection.sending_since is not None)
    assert len(connection.queue) <= connection.limits.queued_frames
    sweep.close_slow(hub, hub.loop.time() + 29)
    assert connection.code is None
    sweep.close_slow(hub, hub.loop.time() + 31)
    await come_true(lambda: connection not in hub.connections)
    stuck.reading.set()
    assert await stuck.closed() == 4408
    await brisk.leave()


async def test_too_much_for_a_slow_client_is_pulled_without_a_hole(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    slow = await unread(tanaka, channel)
    slow.reading.clear()
    connection = hub.members[tanaka.pk][-1]
    connection.limits = Limits(queued_frames=3)
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(8)]
    await come_true(lambda: connection.pulling)
    slow.reading.set()
    await slow.until("lag")
    await slow.until("live")
    assert (slow.holes, set(slow.shown)) == (0, {post.pk for post in posts})
    await slow.leave()


async def unread(member, channel) -> Lines:
    """An open page on a server whose buffer takes lines only while `reading` is set."""
    browser = Lines(await act(log_in, member), channel, epoch=await act(log.epoch))
    browser.reading = asyncio.Event()
    browser.reading.set()
    application = browser.socket.application

    async def full_buffer(scope, receive, send):
        async def send_slowly(message):
            await browser.reading.wait()
            await send(message)

        await application(scope, receive, send_slowly)

    browser.socket = ApplicationCommunicator(full_buffer, browser.socket.scope)
    assert await browser.open() == 200
    await browser.level()
    return browser


async def test_a_herd_is_let_in_a_few_at_a_time(hub, monkeypatch):
    key = await act(log_in, await act(person, "tanaka"))
    monkeypatch.setattr(entrance, "crowd", entrance.Crowd(most=2, patience=0))
    pages = [Lines(key) for _ in range(6)]
    assert sorted(await asyncio.gather(*[one.open() for one in pages])) == [200, 200, 503, 503, 503, 503]
    for one in pages:
        await one.leave()


async def asked(session_key: str | None, body: Any = None, **changed: Any) -> Request:
    """A refusal of a request for a streamed answer."""
    return await (
        await Request(session_key, {"t": "hello"} if body is None else body, **changed).send()
    ).answer()


REFUSED = [
    ({"origin": None}, 403),
    ({"origin": "http://evil.example"}, 403),
    ({"token": None}, 403),
    ({"token": "b" * 32}, 403),
    ({"cookie_token": None}, 403),
    ({"method": "GET"}, 405),
]


async def test_requests_of_other_pages_are_refused(hub):
    key = await act(log_in, await act(person, "tanaka"))
    for changed, status in REFUSED:
        assert (changed, (await asked(key, **changed)).status) == (changed, status)
    assert (await asked(key, {"t": "focus"})).status == 400
    assert (await asked(key, b'"' + b"a" * 20_000)).told == {"code": 4400}
    for nobody in (None, "a" * 32):
        refused = await asked(nobody)
        assert (refused.status, refused.told) == (401, {"code": 4401})
    ito = await act(person, "ito")
    suspended = await act(log_in, ito)
    await act(lambda: type(ito).objects.filter(pk=ito.pk).update(suspended_at=ito.joined_at))
    refused = await asked(suspended)
    assert (refused.status, refused.told) == (403, {"code": 4403})
    assert hub.connections == []
