"""Coming back from sleep, from a dead line, from another history: level again, with the text in place."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from django.db.models import F
from playwright.sync_api import Error, expect

from channels_app.actions import posts
from channels_app.live import log
from channels_app.models import LiveStream, Post
from tests import factories
from tests.browser.test_outbox import FIELD, PENDING, POSTS, behind, proxy
from tests.browser.walker import Walker
from tests.conftest import CHROMIUM_FLAGS
from tests.waiting import require, until

__all__ = ["behind", "proxy"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LIVE = "[data-live-state]"


def gaps(page) -> str:
    return page.evaluate("document.body.dataset.liveGaps")


def test_a_dead_line_is_found_on_the_way_back_to_the_page(cast, behind, proxy):
    proxy.mode = "black-hole"
    factories.post(cast[1], cast[2], "留守の間の投稿")
    behind.page.evaluate("dispatchEvent(new Event('online'))")
    expect(behind.page.locator(LIVE)).to_have_text("切断中")
    proxy.mode = "pass"
    expect(behind.posts()).to_have_count(1, timeout=60_000)
    expect(behind.page.locator(LIVE)).to_have_text(re.compile("即時$"))
    assert gaps(behind.page) == "0"


def test_a_dead_line_is_found_on_the_way_back_to_a_tab_that_only_follows(cast, behind, proxy):
    tab = behind.context.new_page()
    tab.goto(behind.page.url)
    tab.wait_for_selector("body[data-live=live]")
    proxy.mode = "black-hole"
    factories.post(cast[1], cast[2], "留守の間の投稿")
    tab.evaluate("dispatchEvent(new Event('online'))")
    expect(tab.locator(LIVE)).to_have_text("切断中")
    proxy.mode = "pass"
    expect(tab.locator("#timeline .ky-post")).to_have_count(1, timeout=60_000)
    assert (gaps(tab), gaps(behind.page)) == ("0", "0")


def test_a_frozen_page_hears_everything_when_it_wakes(cast, arrive):
    one = arrive(cast[0])
    line = one.context.new_cdp_session(one.page)
    line.send("Page.setWebLifecycleState", {"state": "frozen"})
    sent = [factories.post(cast[1], cast[2], f"眠っている間 {n}") for n in range(3)]
    posts.edit_post(cast[1], sent[0], text="直した投稿")
    line.send("Page.setWebLifecycleState", {"state": "active"})
    expect(one.posts()).to_have_count(3)
    expect(one.posts().first.locator(".ky-text")).to_have_text("直した投稿")
    assert gaps(one.page) == "0"


def restore(site, lost: Post) -> str:
    """What a restore does while no server runs: later rows are gone, the history is another one."""
    port = int(site.origin.rsplit(":", 1)[1])
    site.whole.pop().stop()
    Post.objects.filter(pk=lost.pk).delete()
    LiveStream.objects.filter(kind="c", ref_id=lost.channel_id).update(head=F("head") - 1)
    epoch = log.begin_history()
    site.start(port=port)
    return epoch


def test_another_history_brings_the_page_level_and_keeps_what_was_typed(cast, arrive, live_site):
    tanaka, miura, channel = cast
    kept, lost = (factories.post(miura, channel, text) for text in ("残る投稿", "復元で消える投稿"))
    one = arrive(tanaka)
    page, turned_away = re.compile(r"/channels/madoguchi-dx/$"), []
    one.page.route(POSTS, lambda route: route.abort())
    one.say("まだ送れない投稿")
    expect(one.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    one.page.fill(FIELD, "書きかけの文")
    one.page.route(page, lambda route: turned_away.append(route.fulfill(status=503)))
    epoch = restore(live_site, lost)
    # A server that just started turns many away: the page is asked for until it comes.
    until(lambda: one.page.wait_for_timeout(20) or turned_away, what="the page was asked for", limit=60)
    expect(one.page.locator(f"#post-{lost.pk}")).to_have_count(1)
    one.page.unroute(page)
    expect(one.page.locator(f"#post-{lost.pk}")).to_have_count(0)
    expect(one.page.locator(f"body[data-epoch='{epoch}']")).to_have_count(1)
    expect(one.page.locator(f"#post-{kept.pk}")).to_be_visible()
    assert one.page.input_value(FIELD) == "書きかけの文"
    expect(one.page.locator(PENDING)).to_have_count(1)
    one.page.unroute(POSTS)
    one.page.evaluate("dispatchEvent(new Event('online'))")
    expect(one.page.locator(PENDING)).to_have_count(0)
    assert (one.page.input_value(FIELD), gaps(one.page)) == ("書きかけの文", "0")
    expect(one.posts().last).to_contain_text("まだ送れない投稿")


@contextlib.contextmanager
def killed_browser(chromium, folder: Path, origin: str) -> Iterator[Walker]:
    """A browser with a profile in `folder`; at the end its processes are killed as in a crash."""
    context = chromium.browser_type.launch_persistent_context(
        folder,
        executable_path=require("chromium", "google-chrome"),
        args=list(CHROMIUM_FLAGS),
        locale="ja-JP",
    )
    context.set_default_timeout(20_000)
    yield Walker(context, context.new_page(), origin)
    for process in psutil.process_iter(["cmdline"]):
        if f"--user-data-dir={folder}" in (process.info["cmdline"] or []):
            process.kill()
    with contextlib.suppress(Error):
        context.close()


def test_a_crash_of_the_browser_loses_nothing_that_was_sent(cast, chromium, live_site, tmp_path):
    folder = tmp_path / "profile"
    with killed_browser(chromium, folder, live_site.origin) as first:
        first.sign_in(cast[0])
        first.read_channel("madoguchi-dx")
        first.page.route(POSTS, lambda route: route.abort())
        first.say("落ちる前の投稿")
        expect(first.page.locator(f"{PENDING}[data-state=failed]")).to_have_count(1)
    assert Post.objects.count() == 0
    with killed_browser(chromium, folder, live_site.origin) as second:
        second.sign_in(cast[0])
        second.read_channel("madoguchi-dx")
        expect(second.posts()).to_have_count(1)
        expect(second.page.locator(PENDING)).to_have_count(0)
    assert list(Post.objects.values_list("text", flat=True)) == ["落ちる前の投稿"]
