"""The same story with real processes, a real network and a real Redis, which dies in the middle."""

import asyncio
import http.client
import json
import signal

import pytest

from channels_app.actions.access import cut_member
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.reactions import react
from channels_app.live import bus, log
from tests import factories
from tests.channels_app.live.stage import CSRF_SECRET, act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def two_screens(start_site, redis_url: str):
    """A channel with two people, each looking at it through a process of their own."""
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    site = await act(start_site, live=2, redis_url=redis_url)
    screens = []
    for server, member in zip(site.live, (tanaka, miura), strict=True):
        browser = NetBrowser(server, await act(log_in, member))
        assert await browser.open() == 101
        await browser.hello(channel.stream, **{channel.stream: (await act(page, channel))[1]})
        screens.append(browser)
    return tanaka, miura, channel, site, screens


async def level(channel, *screens) -> None:
    """Wait until every screen has reached the channel's present number."""
    _, head = await act(page, channel)
    for browser in screens:
        while browser.cursors[channel.stream] < head:
            await browser.next()


async def test_two_processes_tell_the_same_story_and_losing_redis_loses_nothing(start_site, mortal_redis):
    tanaka, miura, channel, _, screens = await two_screens(start_site, mortal_redis.url)
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus")
    root = await act(factories.post, tanaka, channel, "予約システムは何を使っていますか？")
    reply = await act(factories.post, miura, channel, "自前です", root)
    await act(react, miura, root, stamp="onaji")
    await level(channel, *screens)
    mortal_redis.kill()
    await act(edit_post, tanaka, root, text="予約は何で受けていますか？")
    for i in range(5):
        await act(factories.post, tanaka, channel, f"Redisのないあいだ {i}")
    await level(channel, *screens)
    mortal_redis.start()
    await act(remove_post, miura, reply)
    await act(factories.post, miura, channel, "戻りました")
    await level(channel, *screens)
    first, second = screens
    assert first.events(channel.stream) == second.events(channel.stream)
    assert [n for n, _ in first.events(channel.stream)] == list(range(root.n, root.n + 13))
    assert (first.shown, first.holes, second.holes) == (second.shown, 0, 0)
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus again")
    for browser in screens:
        await browser.leave()


async def test_a_burst_of_pages_reaches_both_processes_whole_and_in_order(start_site, mortal_redis):
    tanaka, miura, channel, _, screens = await two_screens(start_site, mortal_redis.url)
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus")
    writers = [tanaka, miura] * 12
    posts = await asyncio.gather(
        *[act(factories.post, who, channel, f"{i}件目") for i, who in enumerate(writers)]
    )
    await level(channel, *screens)
    for browser in screens:
        assert (browser.holes, set(browser.shown)) == (0, {post.pk for post in posts})
        await browser.leave()


async def test_the_bus_carries_what_the_sweep_has_not_seen(start_site, mortal_redis, monkeypatch):
    """An event that is on the bus only, and not in the log, is told: so it was the bus that told it."""
    tanaka, _, channel, _, screens = await two_screens(start_site, mortal_redis.url)
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus")
    stream, head = await act(page, channel)
    stream_id = (await act(log.open_stream, "c", channel.pk)).pk
    ghost = log.Emitted(stream_id, stream, head + 1, 1, 1, 22, tanaka.pk, 1, None, {"member": tanaka.pk})
    await act(bus.publish, [ghost])
    for browser in screens:
        assert (await browser.until("e", s=stream))["n"] == head + 1
        await browser.leave()


async def test_a_suspended_member_is_cut_in_every_process(start_site, mortal_redis):
    tanaka, miura, channel, site, screens = await two_screens(start_site, mortal_redis.url)
    elsewhere = NetBrowser(site.live[0], await act(log_in, miura))
    await elsewhere.open()
    await elsewhere.hello(channel.stream)
    await act(cut_member, miura)
    assert (await screens[1].closed(), await elsewhere.closed()) == (4403, 4403)
    await act(factories.post, tanaka, channel)
    await level(channel, screens[0])
    await screens[0].leave()


async def test_after_a_crash_of_its_process_a_page_goes_on_elsewhere_without_a_loss(start_site, mortal_redis):
    tanaka, miura, channel, site, screens = await two_screens(start_site, mortal_redis.url)
    await act(factories.post, tanaka, channel, "落ちる前")
    await level(channel, *screens)
    await act(site.live[0].stop, signal.SIGKILL)
    assert await screens[0].closed() == 1006
    await act(factories.post, miura, channel, "落ちているあいだ")
    await screens[0].move(site.live[1], await act(log_in, tanaka))
    await act(factories.post, miura, channel, "戻ったあと")
    await level(channel, *screens)
    assert (screens[0].shown, screens[0].holes) == (screens[1].shown, 0)
    assert len(screens[0].shown) == 3
    for browser in screens:
        await browser.leave()


async def test_one_process_without_redis_serves_socket_and_poll(live_site):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    stream, n = await act(page, channel)
    server, key = live_site.whole[0], await act(log_in, tanaka)
    browser = NetBrowser(server, key)
    await browser.open()
    await browser.hello(stream, **{stream: n})
    hello = {"t": "hello", "v": 1, "epoch": await act(log.epoch), "cur": {stream: n}, "focus": [stream]}
    held = asyncio.create_task(asyncio.to_thread(polled, server.origin, key, hello))
    post = await act(factories.post, miura, channel)
    told = await browser.until("e", s=stream)
    assert told["id"] == post.pk
    assert [said for said in await held if said["t"] == "e"] == [told]
    await browser.leave()


async def test_a_stopping_process_says_goodbye_first(live_site):
    tanaka = await act(person, "tanaka")
    server = live_site.whole[0]
    browser = NetBrowser(server, await act(log_in, tanaka))
    await browser.open()
    await browser.hello()
    stopping = asyncio.create_task(asyncio.to_thread(server.stop))
    assert 0 <= (await browser.until("bye"))["after"] <= 1_000
    assert (await browser.closed(), await stopping) == (1012, 0)


def polled(origin: str, session_key: str, hello: dict) -> list[dict]:
    """The frames of one long poll over HTTP."""
    host, port = origin.removeprefix("http://").split(":")
    cookies = f"kyoso-{port}={session_key}; kyoso-csrf-{port}={CSRF_SECRET}"
    request = {"Cookie": cookies, "Origin": origin, "X-CSRFToken": CSRF_SECRET}
    connection = http.client.HTTPConnection(host, int(port), timeout=30)
    try:
        connection.request("POST", "/live/poll", json.dumps(hello), request)
        answer = connection.getresponse()
        assert answer.status == 200
        return json.loads(answer.read())
    finally:
        connection.close()
