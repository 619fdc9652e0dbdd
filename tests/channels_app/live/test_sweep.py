"""What the bus loses, the sweep finds; and what happens when the log itself cannot be read."""

import pytest
from django.db import OperationalError, transaction

from channels_app import fragments
from channels_app.actions.channels import leave_channel
from channels_app.live import announce, bus, history, log, sweep, threads
from channels_app.live import hub as hubs
from channels_app.models import LiveMeta
from tests import factories
from tests.channels_app.live.stage import Browser, act, page, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


@pytest.fixture
def deaf(monkeypatch):
    """A bus that loses everything."""
    monkeypatch.setattr(bus, "publish", lambda emitted: None)


async def test_events_nobody_published_arrive_in_order(hub, deaf):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    posts = [await act(factories.post, tanaka, channel, f"{i}件目") for i in range(3)]
    await browser.until("e", id=posts[-1].pk)
    assert browser.events(channel.stream) == [(post.n, "post.published") for post in posts]
    fresh = await act(fragments.posts, [post.pk for post in posts])
    assert browser.shown == {pk: (fragment.v, fragment.html) for pk, fragment in fresh.items()}
    await browser.leave()


async def test_what_is_published_twice_is_told_once(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    post = await act(factories.post, tanaka, channel)
    await browser.until("e", id=post.pk)
    hub.xmin = 0  # the sweep finds everything once more
    await sweep.look(hub)
    again = await act(lambda: history.rows([(hub.labels[channel.stream].id, channel.stream, 0, post.n)], 10))
    await act(bus.publish, again)
    told = [said for said in await browser.quiet() if said["t"] == "e" and said["s"] == channel.stream]
    assert [said["n"] for said in told] == [post.n]
    await browser.leave()


async def test_events_that_arrive_in_the_wrong_order_are_told_in_the_right_one(hub, deaf):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    first, second = await act(factories.post, tanaka, channel), await act(factories.post, tanaka, channel)
    rows = await act(lambda: history.rows([(hub.labels[channel.stream].id, channel.stream, 2, 4)], 10))
    made = await act(bus.frames.events, rows)
    hub.take([made[1]])
    hub.take([made[0]])
    await browser.until("e", id=second.pk)
    assert browser.events(channel.stream) == [(first.n, "post.published"), (second.n, "post.published")]
    await browser.leave()


async def test_leaving_is_found_as_well_and_cuts_exactly(hub, deaf):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "kenshu", tanaka, miura, kind="private")
    browser = await screen(miura, channel)

    def story() -> None:
        factories.post(tanaka, channel, "まだ見えます")
        leave_channel(miura, channel)
        factories.post(tanaka, channel, "もう見えません")

    await act(story)
    await browser.until("gone", s=channel.stream)
    assert "もう見えません" not in str(await browser.quiet())
    await browser.leave()


async def test_a_channel_made_after_the_hub_began_is_heard(hub, deaf):
    tanaka = await act(person, "tanaka")
    browser = await screen(tanaka)
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    await act(factories.post, tanaka, channel)
    assert (await browser.until("u", s=channel.stream))["c"] == 1
    await browser.leave()


async def test_a_post_whose_rendering_fails_resets_its_viewers_and_nobody_else(hub, monkeypatch):
    tanaka = await act(person, "tanaka")
    here = await act(factories.channel, "madoguchi-dx", tanaka)
    there = await act(factories.channel, "zatsudan", tanaka, name="雑談")
    browser, other = await screen(tanaka, here), await screen(tanaka, there)
    real = fragments.posts

    def failing(ids):
        ids = set(ids)
        if broken.pk in ids:
            raise ZeroDivisionError
        return real(ids)

    with monkeypatch.context() as patch:
        patch.setattr(bus, "publish", lambda emitted: None)
        broken = await act(factories.post, tanaka, here)
    monkeypatch.setattr(fragments, "posts", failing)
    post = await act(factories.post, tanaka, there)
    assert (await other.until("e", s=there.stream))["id"] == post.pk
    assert await browser.until("reset") == {"t": "reset", "s": here.stream, "head": broken.n}
    following = await act(factories.post, tanaka, here, "次の投稿")
    assert (await browser.until("e", s=here.stream))["id"] == following.pk
    await browser.leave()
    await other.leave()


async def test_an_event_whose_fetch_fails_is_found_at_a_later_look(hub, deaf, monkeypatch):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    real, failures = history.head_of, []

    def failing(stream_id):
        if len(failures) < 2:
            failures.append(stream_id)
            raise OperationalError("the database is away")
        return real(stream_id)

    monkeypatch.setattr(history, "head_of", failing)
    post = await act(factories.post, tanaka, channel)
    assert (await browser.until("e", s=channel.stream))["id"] == post.pk
    assert len(failures) == 2
    await browser.leave()


async def test_the_sweep_survives_a_lost_database_and_then_checks_the_timeline(hub, deaf, monkeypatch):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser, real, failures = await screen(tanaka, channel), history.newer_than, []

    def failing(xmin):
        if not failures:
            failures.append(xmin)
            LiveMeta.objects.update(timeline="0000000F")
            raise OperationalError("the database is away")
        return real(xmin)

    epoch = hub.epoch
    monkeypatch.setattr(history, "newer_than", failing)
    assert await browser.closed() == 1012
    assert await act(log.epoch) != epoch
    again = Browser(browser.socket.scope["headers"][-1][1].decode().split("=")[1])
    await again.open()
    _, head = await act(page, channel)
    await again.hello(channel.stream, epoch=epoch, **{channel.stream: head})
    assert {"t": "reset", "s": channel.stream, "head": head} in again.told
    await again.leave()


async def test_another_timeline_at_the_start_renews_the_epoch(transactional_db):
    before = await act(history.verify_timeline)
    same = await act(history.verify_timeline)
    await act(lambda: LiveMeta.objects.update(timeline="0000000F"))
    assert same == before != await act(history.verify_timeline)


async def test_a_rolled_back_deed_is_never_told(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)

    def undone() -> None:
        with transaction.atomic():
            factories.post(tanaka, channel, "なかったこと")
            transaction.set_rollback(True)

    await act(undone)
    post = await act(factories.post, tanaka, channel, "あったこと")
    await browser.until("e", s=channel.stream)
    assert browser.events(channel.stream) == [(post.n, "post.published")]
    assert "なかったこと" not in str(browser.told)
    await browser.leave()


async def test_threads_keep_no_database_connection(hub):
    def opened() -> bool:
        return threads.connections["default"].connection is not None

    await threads.in_thread(log.epoch, pool=threads.WATCH)
    assert await threads.in_thread(opened, pool=threads.WATCH) is False


async def test_one_hub_per_process(hub):
    assert await hubs.start() is hub
    assert hubs.running() is hub
    assert announce.bus.outlet.receiver is hub
