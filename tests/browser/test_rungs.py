"""Each rung of the ladder where the one above is blocked: posts arrive, none is lost, and sending works."""

import time

import pytest
from playwright.sync_api import expect

from channels_app.models import Post
from tests import factories
from tests.browser.walker import walker
from tests.proxy import running_proxy

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CUT_SECONDS = 3


@pytest.fixture
def proxy():
    """A proxy whose target is set when the site runs."""
    with running_proxy() as found:
        yield found


@pytest.fixture
def one(proxy, start_site, chromium, cast):
    """Tanaka, who comes through the proxy; afterwards no script has complained."""
    site = start_site(SITE_URL=proxy.origin)
    proxy.target_port = int(site.origin.rsplit(":", 1)[1])
    found = walker(chromium, proxy.origin)
    found.sign_in(cast[0])
    yield found
    found.context.close()
    assert found.complaints == []


def on(one, rung: str) -> None:
    """Wait until the page hears by a rung."""
    one.page.wait_for_selector(f"body[data-live=live][data-live-rung={rung}]")


def works(one, cast) -> None:
    """Posts arrive and are sent, and no number was missing."""
    _, miura, channel = cast
    for number in range(3):
        factories.post(miura, channel, f"届く投稿{number}")
    expect(one.posts()).to_have_count(3)
    one.say("送る投稿")
    expect(one.page.locator("#timeline article[data-mine]")).to_have_count(1)
    assert Post.objects.filter(channel=channel, text="送る投稿").count() == 1
    assert one.page.evaluate("document.body.dataset.liveGaps") == "0"


def test_where_no_socket_comes_through_the_answer_streams_and_is_remembered(one, cast, proxy):
    proxy.mode = "no-upgrade"
    one.open("/channels/madoguchi-dx/")
    on(one, "stream")
    expect(one.page.locator("[data-live-state]").first).to_have_attribute("data-live-state", "instant")
    works(one, cast)
    refused = proxy.spoiled["GET /live/ws"]
    assert refused >= 2
    one.open("/channels/madoguchi-dx/")
    on(one, "stream")
    expect(one.posts()).to_have_count(4)
    assert proxy.spoiled["GET /live/ws"] == refused


def test_where_answers_are_collected_the_page_polls(one, cast, proxy):
    proxy.mode, proxy.path = "buffer", "/live/"
    one.open("/channels/madoguchi-dx/")
    on(one, "poll")
    expect(one.page.locator("[data-live-state]").first).to_have_attribute("data-live-state", "near")
    works(one, cast)
    asked = proxy.seen["POST /live/stream"]
    one.open("/channels/madoguchi-dx/")
    on(one, "poll")
    assert (proxy.seen["POST /live/stream"], asked >= 1) == (asked, True)


@pytest.mark.parametrize("rung", ["socket", "stream", "poll"])
def test_a_network_that_cuts_every_connection_costs_no_post(one, cast, proxy, rung):
    on(one, "socket")
    one.page.evaluate(
        """(name) => localStorage.setItem("kyoso-rung", JSON.stringify({
        name, at: Date.now(), triedAt: Date.now() }))""",
        rung,
    )
    one.open("/channels/madoguchi-dx/")
    on(one, rung)
    proxy.seconds, proxy.mode = CUT_SECONDS, "cut"
    _, miura, channel = cast
    texts = []
    end = time.monotonic() + 3 * CUT_SECONDS
    while time.monotonic() < end:
        texts.append(f"切れ切れの投稿{len(texts)}")
        factories.post(miura, channel, texts[-1])
        one.page.wait_for_timeout(500)
    proxy.mode = "pass"
    expect(one.page.locator("#timeline .ky-text")).to_have_text(texts, timeout=60_000)
    assert one.page.evaluate("document.body.dataset.liveGaps") == "0"
