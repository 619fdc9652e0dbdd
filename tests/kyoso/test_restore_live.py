"""A restore between two lives of a real site: pages that were open start over and lose nothing unsent."""

import asyncio
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from websockets.exceptions import InvalidStatus

from channels_app.live import log
from channels_app.models import Post
from tests import factories
from tests.channels_app.live.stage import act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.kyoso import drill
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR_DIR, settings.FILES_DIR = tmp_path / "var", tmp_path / "files"
    settings.FILES_DIR.mkdir(parents=True)


def test_an_open_page_starts_over_after_a_restore_and_what_it_kept_is_sent_once(start_site, tmp_path):
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    kept = factories.post(tanaka, channel, "控えにある投稿です。", cid=(kept_cid := uuid4()))
    drill.command("backup", "--to", str(tmp_path / "kyoso.tar"))
    lost_cid, before = uuid4(), start_site(FILES_DIR=str(tmp_path / "files"))
    browser = NetBrowser(before.whole[0], log_in(tanaka))
    asyncio.run(looks_at(browser, channel))
    lost = factories.post(tanaka, channel, "控えのあとの投稿です。", cid=lost_cid)
    old_epoch, old_cursors = log.epoch(), {channel.stream: page(channel)[1]}
    before.whole[0].stop()
    drill.command("restore", str(tmp_path / "kyoso.tar"), "--yes")
    assert list(Post.objects.values_list("pk", flat=True)) == [kept.pk]

    after = start_site(FILES_DIR=str(tmp_path / "files"))
    # The outbox of the page still has both: one is known, one is written anew.
    again = [factories.post(tanaka, channel, "控えにある投稿です。", cid=kept_cid)]
    again.append(factories.post(tanaka, channel, "控えのあとの投稿です。", cid=lost_cid))
    assert again[0].pk == kept.pk
    assert list(Post.objects.values_list("text", flat=True)) == [kept.text, lost.text]
    browser = NetBrowser(after.whole[0], log_in(tanaka))
    hi = asyncio.run(comes_back(browser, channel, old_epoch, old_cursors))
    assert hi["epoch"] == log.epoch() != old_epoch


async def looks_at(browser, channel) -> None:
    assert await browser.open() == 101
    await browser.hello(channel.stream, **{channel.stream: (await act(page, channel))[1]})


async def comes_back(browser, channel, epoch, cursors) -> dict:
    """Say hello with the cursors of the other history: a reset, then live updates again."""
    assert await browser.open() == 101
    hi = await browser.hello(channel.stream, epoch=epoch, **cursors)
    resets = [said for said in browser.told if said["t"] == "reset" and said["s"] == channel.stream]
    assert [said["head"] for said in resets] == [(await act(page, channel))[1]]
    written = await act(factories.post, await act(author), channel)
    told = await browser.until("e", s=channel.stream, n=written.n)
    assert (told["k"], browser.holes) == ("post.published", 0)
    return hi


def author():
    return Post.objects.first().author


def test_a_session_from_before_is_over_also_for_live_connections(start_site, tmp_path):
    tanaka = person("tanaka")
    drill.command("backup", "--to", str(tmp_path / "kyoso.tar"))
    key = log_in(tanaka)
    drill.command("restore", str(tmp_path / "kyoso.tar"), "--yes")
    site = start_site(FILES_DIR=str(tmp_path / "files"))
    with pytest.raises(InvalidStatus, match="HTTP 401"):
        asyncio.run(NetBrowser(site.whole[0], key).open())
    assert Session.objects.filter(pk=key).count() == 0
