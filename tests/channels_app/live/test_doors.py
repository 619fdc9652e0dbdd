"""Who may come in, and what a client may do once inside."""

import asyncio

import pytest

from accounts.models import Member
from channels_app.live import entrance, goodbye, log, sockets, sweep
from channels_app.live.pace import MOST_KEPT, Pace
from tests import factories
from tests.channels_app.live.stage import ORIGIN, Browser, act, log_in, poll, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

FOREIGN = [
    None,
    "",
    "null",
    "http://evil.example",
    ORIGIN + ".evil.example",
    ORIGIN.replace("http:", "https:"),
    "http://127.0.0.1",
]


async def test_only_pages_of_this_site_may_connect(hub):
    key = await act(log_in, await act(person, "tanaka"))
    for origin in FOREIGN:
        assert (origin, await Browser(key, origin).open(), await Browser(key).open()) == (origin, 403, 101)


async def test_without_a_session_nobody_comes_in(hub):
    key = await act(log_in, await act(person, "tanaka"))
    keys = [None, "", "nonsense", "a" * 32, key]
    assert [await Browser(key).open() for key in keys] == [401, 401, 401, 401, 101]


async def test_a_suspended_member_does_not_come_in(hub):
    ito = await act(person, "ito")
    key = await act(log_in, ito)
    await act(lambda: Member.objects.filter(pk=ito.pk).update(suspended_at=ito.joined_at))
    assert await Browser(key).open() == 403


async def test_a_changed_password_ends_other_sessions_at_the_door(hub):
    ito = await act(person, "ito")
    key = await act(log_in, ito)
    ito.set_password("atarashii-aikotoba-7")
    await act(ito.save)
    assert await Browser(key).open() == 403


NOT_FRAMES = [
    "",
    "x",
    "[]",
    "7",
    '{"t":1}',
    '{"t":"ping"}',
    '{"t":"hello","cur":[]}',
    '{"t":"hello","cur":{"s":-1}}',
    '{"t":"hello","cur":{"s":true}}',
    '{"t":"hello","cur":{"s":1e3}}',
    '{"t":"hello","cur":{"s":92233720368547758080}}',
    '{"t":"hello","focus":"c1"}',
    '{"t":"hello","focus":[1]}',
    '{"t":"hello","focus":["c1","c2","c3","c4","c5","c6","c7","c8","c9"]}',
    '{"t":"hello","epoch":5}',
    "[" * 5000,
]


async def test_what_is_no_hello_closes_with_4400(hub):
    key = await act(log_in, await act(person, "tanaka"))
    for text in NOT_FRAMES:
        browser = Browser(key)
        await browser.open()
        await browser.socket.send_input({"type": "websocket.receive", "text": text})
        assert (text, await browser.closed()) == (text, 4400)
    assert hub.connections == []


async def test_bytes_that_are_not_utf_8_close_with_4400(hub):
    browser = Browser(await act(log_in, await act(person, "tanaka")))
    await browser.open()
    await browser.socket.send_input({"type": "websocket.receive", "bytes": b"\xff{"})
    assert await browser.closed() == 4400


async def test_unknown_frames_and_fields_are_ignored(hub):
    browser = await screen(await act(person, "tanaka"))
    await browser.say(t="typing", s="c1")
    await browser.say(t="from the future", x={})
    await browser.say(t="ping", i=[1], more=2)
    assert (await browser.until("pong"))["i"] == [1]
    await browser.leave()


async def test_a_silent_client_is_sent_away(hub, monkeypatch):
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0)
    browser = Browser(await act(log_in, await act(person, "tanaka")))
    await browser.open()
    assert await browser.closed() == 4400


async def test_too_many_frames_close_with_4429(hub):
    browser = await screen(await act(person, "tanaka"))
    for number in range(sockets.MOST_FRAMES):
        await browser.say(t="ping", i=number)
    assert await browser.closed() == 4429


async def test_too_large_a_frame_closes_with_4429(hub):
    browser = await screen(await act(person, "tanaka"))
    await browser.say(t="ping", i="あ" * 6_000)
    assert await browser.closed() == 4429


async def test_the_eleventh_connection_replaces_the_oldest(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    other = await screen(miura)
    screens = [await screen(tanaka) for _ in range(11)]
    assert await screens[0].closed() == 4409
    assert (len(hub.members[tanaka.pk]), len(hub.members[miura.pk])) == (10, 1)
    for browser in (other, *screens[1:]):
        assert [said for said in await browser.quiet() if said["t"] == "closed"] == []
        await browser.leave()
    assert dict(hub.members) == {}


async def test_a_herd_is_let_in_a_few_at_a_time(hub, monkeypatch):
    key = await act(log_in, await act(person, "tanaka"))
    monkeypatch.setattr(entrance, "crowd", entrance.Crowd(most=2, patience=0))
    answers = await asyncio.gather(*[Browser(key).open() for _ in range(8)])
    refused = await poll(key, wait=0)
    assert sorted(answers) == [101, 101, 503, 503, 503, 503, 503, 503]
    assert (entrance.crowd.inside, refused.status) == (0, 200)


async def test_who_comes_in_a_herd_waits_a_moment_for_a_place(hub, monkeypatch):
    key = await act(log_in, await act(person, "tanaka"))
    monkeypatch.setattr(entrance, "crowd", entrance.Crowd(most=2, patience=60))
    assert await asyncio.gather(*[Browser(key).open() for _ in range(8)]) == [101] * 8


async def test_a_leaving_process_says_goodbye_and_lets_nobody_in(hub, monkeypatch):
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0.05)
    tanaka = await act(person, "tanaka")
    key, browser = await act(log_in, tanaka), await screen(tanaka)
    await goodbye.drain(0.2)
    bye = await browser.until("bye")
    assert (0 <= bye["after"] <= 200, await browser.closed()) == (True, 1012)
    late = await poll(key)
    assert (await Browser(key).open(), late.status, late.headers["retry-after"]) == (503, 503, "3")


async def test_a_process_with_a_successor_sends_its_clients_there_soon(hub, monkeypatch):
    monkeypatch.setattr(goodbye, "GOODBYE_SECONDS", 0.05)
    tanaka = await act(person, "tanaka")
    screens = [await screen(tanaka) for _ in range(6)]
    await goodbye.drain(1, succeeded=True)
    byes = [(await browser.until("bye"))["after"] for browser in screens]
    assert [after for after in byes if after > 1_000 / goodbye.STEPS] == []
    assert [await browser.closed() for browser in screens] == [1012] * 6


async def test_a_process_without_clients_leaves_at_once(hub):
    async with asyncio.timeout(2):
        await goodbye.drain(600)


async def test_an_open_connection_is_looked_up_again_after_a_while(hub):
    ito, tanaka = await act(person, "ito"), await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    suspended, member = await screen(ito, channel), await screen(tanaka, channel)
    await act(lambda: Member.objects.filter(pk=ito.pk).update(suspended_at=ito.joined_at))
    later = hub.loop.time() + sweep.LOOK_UP_SECONDS + 1
    assert sweep.overdue(hub, hub.loop.time()) == []
    due = sweep.overdue(hub, later)
    assert {connection.member_id for connection in due} == {ito.pk, tanaka.pk}
    for connection in due:
        await sweep.look_up_again(hub, connection)
    assert await suspended.closed() == 4403
    post = await act(factories.post, tanaka, channel)
    assert (await member.until("e", s=channel.stream))["id"] == post.pk
    await member.leave()


async def test_hello_again_asks_again_from_the_cursors(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    post = await act(factories.post, tanaka, channel)
    await browser.until("e", s=channel.stream)
    browser.cursors[channel.stream] = post.n - 1
    cursors = {channel.stream: post.n - 1}
    await browser.say(t="hello", v=1, epoch=await act(log.epoch), cur=cursors, focus=[channel.stream])
    assert (await browser.until("e", s=channel.stream))["n"] == post.n
    assert browser.holes == 0
    await browser.leave()


async def test_who_knocks_too_often_is_told_to_slow_down(hub, monkeypatch):
    monkeypatch.setattr(entrance, "pace", Pace(most=3, seconds=600))
    key, other = await act(log_in, await act(person, "tanaka")), await act(log_in, await act(person, "miura"))
    assert [(await poll(key)).status for _ in range(3)] == [200, 200, 200]
    refused = await poll(key)
    assert (refused.status, refused.told, refused.headers["retry-after"]) == (429, {"code": 4429}, "3")
    assert (await Browser(key).open(), await Browser(other).open()) == (429, 101)


async def test_a_pace_recovers_evenly_and_stays_small():
    pace = Pace(most=2, seconds=10)
    assert [pace.lets_in("a", moment) for moment in (0, 0, 0, 4, 5, 6, 15)] == [
        True,
        True,
        False,
        False,
        True,
        False,
        True,
    ]
    for number in range(MOST_KEPT + 5):
        pace.lets_in(str(number), 100 + number)
    assert len(pace.left) <= MOST_KEPT
