"""Real processes whose database or Redis goes away and comes back: nothing is lost, nobody must reconnect."""

import asyncio
import json
import signal
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import redis
from websockets.exceptions import InvalidStatus

from channels_app.live import log
from tests import factories
from tests.channels_app.live.stage import CSRF_SECRET, act, log_in, page
from tests.channels_app.live.test_processes import level, two_screens
from tests.channels_app.live.wire import NetBrowser
from tests.database_relay import database_relay
from tests.people import person
from tests.site import ServerProcess
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture
def relay():
    """A way to the database that can be closed."""
    with tempfile.TemporaryDirectory(prefix="kyoso-") as folder, database_relay(Path(folder)) as opened:
        yield opened


def status(address: str | urllib.request.Request) -> int:
    """What a request is answered with."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


async def knock(server: ServerProcess, key: str) -> int:
    """What a handshake is answered with."""
    try:
        return await NetBrowser(server, key).open()
    except InvalidStatus as refused:
        return refused.response.status_code


def polled(server: ServerProcess, key: str) -> int:
    """What a poll is answered with."""
    port = server.origin.rsplit(":", 1)[1]
    cookies = f"kyoso-{port}={key}; kyoso-csrf-{port}={CSRF_SECRET}"
    headers = {"Cookie": cookies, "Origin": server.origin, "X-CSRFToken": CSRF_SECRET}
    return status(urllib.request.Request(f"{server.origin}/live/poll", b'{"t":"hello","v":1}', headers))


async def test_open_sockets_survive_a_database_that_stops_and_starts(start_site, relay):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    stream, n = await act(page, channel)
    site = await act(start_site, live=1, DATABASE_URL=relay.url)
    server, key = site.live[0], await act(log_in, tanaka)
    browser = NetBrowser(server, key)
    await browser.open()
    await browser.hello(stream, **{stream: n})
    relay.close()
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(3)]
    await act(until, lambda: status(f"{server.origin}/live/readyz") == 503, what="it has noticed")
    assert await knock(server, key) == 503
    await browser.say(t="ping", i=1)
    await browser.until("pong", i=1)
    relay.open()
    await level(channel, browser)
    assert (set(browser.shown), browser.holes, browser.code) == ({post.pk for post in posts}, 0, None)
    again = NetBrowser(server, key)
    await act(until, lambda: status(f"{server.origin}/live/readyz") == 200, what="it is ready")
    assert await again.open() == 101
    for one in (browser, again):
        await one.leave()


async def test_a_process_starts_without_its_database_and_serves_when_it_is_back(start_site, relay):
    tanaka = await act(person, "tanaka")
    relay.close()
    site = await act(start_site, live=1, DATABASE_URL=relay.url)
    server, key = site.live[0], await act(log_in, tanaka)
    states = {
        address: await act(status, server.origin + address) for address in ("/live/healthz", "/live/readyz")
    }
    assert states == {"/live/healthz": 200, "/live/readyz": 503}
    assert await act(polled, server, key) == 503
    relay.open()
    await act(until, lambda: status(f"{server.origin}/live/readyz") == 200, what="it is ready")
    browser = NetBrowser(server, key)
    assert await browser.open() == 101
    await browser.hello(epoch=await act(log.epoch))
    await browser.leave()


async def test_flushed_or_stalled_redis_loses_nothing(start_site, mortal_redis):
    tanaka, miura, channel, _, screens = await two_screens(start_site, mortal_redis.url)
    await act(until, lambda: mortal_redis.listeners() == 2, what="both processes hear the bus")
    with redis.Redis(port=mortal_redis.port) as client:
        client.flushall()
    await act(factories.post, tanaka, channel, "空になったあと")
    await level(channel, *screens)
    mortal_redis.process.send_signal(signal.SIGSTOP)
    try:
        posts = [await act(factories.post, miura, channel, f"止まっているあいだ {i}") for i in range(3)]
        await level(channel, *screens)
    finally:
        mortal_redis.process.send_signal(signal.SIGCONT)
    await act(factories.post, tanaka, channel, "動いたあと")
    await level(channel, *screens)
    for browser in screens:
        assert (browser.holes, len(browser.shown), posts[0].pk in browser.shown) == (0, 5, True)
        assert json.dumps(browser.told).count("closed") == 0
        await browser.leave()
    assert await asyncio.to_thread(mortal_redis.listeners) <= 2
