"""The database fails over for real: a copy that has not heard the last commit takes over (docs/live.md)."""

import asyncio
import re
import shutil
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from channels_app.live import history, log
from channels_app.models import Post
from kyoso.embedded_account import places
from tests import factories
from tests.channels_app.live.stage import act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.reliability.failover import Switch, replica

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.EMBEDDED, reason="Copies the embedded PostgreSQL."),
]


@pytest.fixture
def folder():
    """A folder that the database's account can pass."""
    made = Path(tempfile.mkdtemp(prefix="kyoso-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def switch(folder):
    """The way to the database, for this process too."""
    made = Switch(folder, places(Path(settings.VAR_DIR)))
    before = connection.settings_dict["HOST"]
    connection.close()
    connection.settings_dict["HOST"] = str(made.link)
    yield made
    connection.close()
    connection.settings_dict["HOST"] = before


async def test_a_failover_renews_the_epoch_once_and_everybody_starts_over(start_site, switch, folder):
    tanaka, name = await act(person, "tanaka"), connection.settings_dict["NAME"]
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    kept = await act(factories.post, tanaka, channel, "両方にある投稿です。")
    key = await act(log_in, tanaka)
    with replica(places(Path(settings.VAR_DIR)), folder) as copy:
        site = await act(start_site, live=2, web=1, DATABASE_URL=switch.address(name))
        screens = [await looking(server, key, channel) for server in site.live]
        await asyncio.to_thread(copy.catch_up)
        await asyncio.to_thread(copy.lose_touch)
        lost = await act(factories.post, tanaka, channel, "失われる投稿です。")
        await all_told(screens, lost)
        epoch = await act(log.epoch)
        await asyncio.to_thread(copy.take_over, switch, name)
        assert await act(lambda: list(Post.objects.all())) == [kept]
        assert {await browser.closed() for browser in screens} == {1012}
        renewed = await act(log.epoch)
        assert renewed == await act(history.verify_timeline) != epoch
        screens = [await started_over(server, key, channel, epoch, lost.n) for server in site.live]
        written = await act(factories.post, tanaka, channel, "新しい歴史の投稿です。")
        assert (written.n, await act(log.epoch)) == (lost.n, renewed)
        await all_told(screens, written)
        await asyncio.to_thread(copy.restart)
        again = await act(factories.post, tanaka, channel, "再起動のあとの投稿です。")
        await all_told(screens, again)
        assert await act(log.epoch) == renewed
        assert [server.ready("/live/healthz") for server in site.live] + [site.web[0].ready()] == [True] * 3
        for server in site.processes():
            await act(server.stop)


async def looking(server, key: str, channel, **hello) -> NetBrowser:
    """An open page, level."""
    browser = NetBrowser(server, key)
    assert await browser.open() == 101
    hello = hello or {channel.stream: (await act(page, channel))[1]}
    browser.hi = await browser.hello(channel.stream, **hello)
    return browser


async def started_over(server, key: str, channel, epoch: str, n: int) -> NetBrowser:
    """The page again, with what it knew of the lost history: it is told to start over."""
    browser = await looking(server, key, channel, epoch=epoch, **{channel.stream: n})
    _, head = await act(page, channel)
    resets = [said["head"] for said in browser.told if said["t"] == "reset" and said["s"] == channel.stream]
    assert (resets, head, browser.hi["epoch"] != epoch) == ([head], n - 1, True)
    return browser


async def all_told(screens: list[NetBrowser], post: Post) -> None:
    """Every page is shown a post, as the next of its numbers."""
    for browser in screens:
        told = await browser.until("e", n=post.n, k="post.published")
        said = re.sub("<[^>]*>", "", told["html"])
        assert (told["id"], post.text in said, browser.holes) == (post.pk, True, 0)
