"""What a hub does when one of its own parts fails."""

import asyncio
import logging

import pytest
from channels.layers import get_channel_layer
from django.db import OperationalError

from channels_app.live import bus, endings, history, sweep
from channels_app.live import hub as hubs
from tests import factories
from tests.channels_app.live.stage import Browser, act, come_true, log_in, poll, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def test_a_sweep_that_was_ended_is_started_again(transactional_db, monkeypatch):
    monkeypatch.setattr(endings, "AGAIN_SECONDS", 0)
    monkeypatch.setattr(sweep, "PERIOD", 0.01)
    monkeypatch.setattr(bus, "publish", lambda emitted: None)
    hub, real, ends = await hubs.start(), sweep.look, []

    async def ended(hub, **options):
        if not ends:
            ends.append(True)
            raise asyncio.CancelledError
        await real(hub, **options)

    monkeypatch.setattr(sweep, "look", ended)
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    await come_true(lambda: ends)
    post = await act(factories.post, tanaka, channel)
    assert (await browser.until("e", s=channel.stream))["id"] == post.pk
    assert hubs.running() is hub
    await browser.leave()
    await hubs.stop()


async def test_without_a_database_the_doors_say_503_until_it_is_back(transactional_db, monkeypatch):
    monkeypatch.setattr(hubs, "AGAIN_SECONDS", 0)
    key, real, away = await act(log_in, await act(person, "tanaka")), history.survey, [True]

    def survey():
        if away:
            raise OperationalError("the database is away")
        return real()

    monkeypatch.setattr(history, "survey", survey)
    arriving = asyncio.create_task(hubs.arrive())
    late = await poll(key)
    assert (await Browser(key).open(), late.status, late.headers["retry-after"]) == (503, 503, "3")
    assert hubs.running() is None
    away.clear()
    await arriving
    assert (await Browser(key).open(), (await poll(key)).status) == (101, 200)
    await hubs.stop()


async def test_a_hub_that_still_waits_for_its_database_can_be_stopped(transactional_db, monkeypatch):
    waiting = asyncio.Event()

    async def never(function, *args, **options):
        waiting.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(hubs, "in_thread", never)
    arriving = asyncio.create_task(hubs.arrive())
    await waiting.wait()
    await hubs.stop()
    await endings.end([arriving])
    assert hubs.running() is None


async def test_a_bus_that_does_not_keep_up_makes_the_sweep_look_more_often(
    hub, mortal_redis, monkeypatch, caplog
):
    assert (hub.bus_down, sweep.pause(hub)) == (False, 1)
    monkeypatch.setattr(bus.outlet, "under_way", bus.MOST_UNDER_WAY + 1)
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    with caplog.at_level(logging.CRITICAL):
        await act(factories.post, tanaka, channel)
    assert (hub.bus_down, sweep.pause(hub)) == (True, 0.25)
    await get_channel_layer().flush()


async def test_the_bus_is_joined_anew_after_a_while(transactional_db, mortal_redis, monkeypatch):
    monkeypatch.setattr(bus, "PING_SECONDS", 0.02)
    monkeypatch.setattr(bus, "JOIN_SECONDS", 0.1)
    layer, joined = get_channel_layer(), []
    real = layer.group_add

    async def group_add(group, name):
        joined.append((group, name))
        await real(group, name)

    monkeypatch.setattr(layer, "group_add", group_add)
    hub = await hubs.start()
    await come_true(lambda: len(joined) > 2)
    assert (len(set(joined)), mortal_redis.listeners(), hub.bus_down) == (1, 1, False)
    await hubs.stop()
    await layer.flush()
