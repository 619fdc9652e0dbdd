"""The bus of a real Redis: what it carries, and that its loss is noticed."""

import logging

import pytest
import pytest_asyncio
from channels.layers import get_channel_layer

from channels_app.live import bus, frames, log
from channels_app.live import hub as hubs
from tests import factories
from tests.channels_app.live.stage import act, come_true, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest_asyncio.fixture
async def bus_hub(mortal_redis, transactional_db, monkeypatch):
    """A hub on a bus that is tried often."""
    monkeypatch.setattr(bus, "PING_SECONDS", 0.05)
    monkeypatch.setattr(bus, "SILENCE_SECONDS", 0.5)
    hub = await hubs.start()
    await pinged(hub)
    yield hub
    await hubs.stop()
    await get_channel_layer().flush()


async def pinged(hub) -> None:
    """Wait until the hub has heard itself once more."""
    heard_at = hub.heard_at
    await come_true(lambda: not hub.bus_down and hub.heard_at != heard_at)


async def test_a_lost_bus_is_noticed_and_so_is_its_return(bus_hub, mortal_redis):
    assert bus_hub.bus_down is False
    mortal_redis.kill()
    await come_true(lambda: bus_hub.bus_down)
    mortal_redis.start()
    await pinged(bus_hub)
    assert bus_hub.bus_down is False


async def test_a_lost_subscription_is_noticed_and_made_anew(bus_hub, mortal_redis):
    assert mortal_redis.listeners() == 1
    mortal_redis.cut_subscribers()
    await pinged(bus_hub)
    await pinged(bus_hub)
    assert mortal_redis.listeners() == 1


async def test_a_frame_comes_out_of_the_bus_as_it_went_in(bus_hub, monkeypatch):
    heard = []
    monkeypatch.setattr(bus_hub, "take", heard.extend)
    event = log.Emitted(7, "c42", 2**40, 2**60, 3, 1, 2**50, 4, None, {"root": 5})
    made = frames.frame(event, "<p>窓口</p>")
    await bus.send_all([{"type": "bus", "o": "another version"}, bus.packed(made, "another process")])
    await come_true(lambda: heard)
    assert heard == [made]


async def test_what_this_process_says_itself_is_not_taken_twice(bus_hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    post = await act(factories.post, tanaka, channel)
    await browser.until("e", id=post.pk)
    await pinged(bus_hub)
    await pinged(bus_hub)
    told = [said for said in await browser.quiet() if said.get("k") == "post.published"]
    assert len(told) == 1
    await browser.leave()


async def test_a_failing_publication_never_reaches_the_page(hub, settings, caplog, mortal_redis):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    mortal_redis.kill()
    with caplog.at_level(logging.WARNING):
        post = await act(factories.post, tanaka, channel)
        assert (await browser.until("e", s=channel.stream))["id"] == post.pk
    await browser.leave()
