"""The live connections on a second implementation of ASGI: granian, which offers no finished frames."""

import asyncio
import os
import subprocess
import sys

import pytest

from channels_app.live import log
from tests import factories
from tests.channels_app.live.stage import act, log_in, page
from tests.channels_app.live.test_processes import polled
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.site import PROJECT, ServerProcess, site_settings
from tests.waiting import free_port, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture
def granian(transactional_db, tmp_path):
    """granian serving /live/* of a site on the test database."""
    port = free_port()
    origin, words = f"http://127.0.0.1:{port}", tmp_path / "log"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)]
    with words.open("wb") as output:
        process = subprocess.Popen(
            [*command, "kyoso.asgi:live_application"],
            cwd=PROJECT,
            env=os.environ | site_settings([origin]) | {"PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = ServerProcess(origin, process, words)
    try:
        until(lambda: server.ready("/live/readyz"), what="granian serves")
        yield server
    finally:
        server.stop()
        print(server.words())


async def test_socket_and_poll_tell_the_same_under_granian(granian):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    stream, n = await act(page, channel)
    key = await act(log_in, tanaka)
    browser = NetBrowser(granian, key)
    assert await browser.open() == 101
    await browser.hello(stream, **{stream: n})
    first = await act(factories.post, miura, channel, "一件目")
    assert (await browser.until("e", s=stream))["id"] == first.pk
    hello = {"t": "hello", "v": 1, "epoch": await act(log.epoch), "cur": {stream: n}, "focus": [stream]}
    answered = await asyncio.to_thread(polled, granian.origin, key, hello)
    assert [said["id"] for said in answered if said["t"] == "e"] == [first.pk]
    held = asyncio.to_thread(polled, granian.origin, key, hello | {"cur": {stream: first.n}})
    waiting = asyncio.create_task(held)
    second = await act(factories.post, tanaka, channel, "二件目")
    told = await browser.until("e", s=stream)
    assert [said for said in await waiting if said["t"] == "e"] == [told]
    assert (told["id"], browser.holes) == (second.pk, 0)
    await browser.leave()
