"""The figures of the live connections are true after real deeds, and for nobody without the token."""

import pytest
import pytest_asyncio
from asgiref.testing import ApplicationCommunicator
from channels.layers import get_channel_layer
from prometheus_client import generate_latest

from channels_app.live import bus, entrance, log, metrics, polling, sweep
from channels_app.live import hub as hubs
from channels_app.live.announce import session_fingerprint
from channels_app.live.connections import Connection, Limits
from channels_app.live.frames import Malformed, Wish, wish
from channels_app.models import LiveEvent
from kyoso.asgi import live_application
from tests import factories
from tests.channels_app.live.stage import PATIENCE, Poll, act, come_true, log_in, poll, screen
from tests.channels_app.live.test_streaming import Lines
from tests.figures import TOKEN, names, samples, value
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
NAMED = {
    *("kyoso_live_connections", "kyoso_live_bus_up", "kyoso_live_loop_lag_seconds", "kyoso_epoch_info"),
    *("kyoso_live_sweep_found_total", "kyoso_live_queued_bytes", "kyoso_live_deliveries_total"),
    *("kyoso_live_resets_total", "kyoso_live_gaps_total", "kyoso_live_pulls_total"),
}


@pytest.fixture(autouse=True)
def token(settings):
    settings.METRICS_TOKEN = TOKEN


async def asked(method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of /live/metrics."""
    pairs = [(name.encode(), text.encode()) for name, text in headers.items()]
    scope = {"type": "http", "method": method, "path": "/live/metrics", "headers": pairs}
    request = ApplicationCommunicator(live_application, scope)
    await request.send_input({"type": "http.request", "body": b"", "more_body": False})
    start, content = [await request.receive_output(PATIENCE) for _ in range(2)]
    told = {name.decode(): text.decode() for name, text in start["headers"]}
    return start["status"], told, content["body"]


async def figures() -> dict:
    """The samples of /live/metrics."""
    status, headers, body = await asked(authorization=f"Bearer {TOKEN}")
    assert (status, headers["cache-control"]) == (200, "no-store")
    return samples(body.decode())


async def grown(before: dict, name: str, **labels: str) -> float:
    """By how much a counter has grown."""
    return (value(await figures(), name, **labels) or 0) - (value(before, name, **labels) or 0)


async def test_every_figure_is_there_and_says_nothing_of_anybody(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    await act(factories.post, tanaka, channel)
    found = await figures()
    assert NAMED - names(found) == set()
    _, _, body = await asked(authorization=f"Bearer {TOKEN}")
    text = body.decode()
    told = [tanaka.name, tanaka.email, tanaka.email.split("@")[1], channel.slug, channel.name, "127.0.0.1"]
    assert [word for word in told if word in text] == []
    await browser.leave()


async def test_connections_are_counted_by_door(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    browsers = [await screen(tanaka, channel), await screen(miura, channel)]
    lines = Lines(await act(log_in, miura), channel)
    assert await lines.open() == 200
    await lines.level()
    hello = {"t": "hello", "v": 1, "epoch": await act(log.epoch), "cur": {}, "focus": [], "wait": 20}
    key = await act(log_in, miura)
    first = await poll(key, channel.stream)
    posts = sum(number for number, _ in first.told[0]["ch"].values())
    waiting = await Poll(key, hello | {"posts": posts}).send()
    await come_true(lambda: [connection.door for connection in hub.connections].count("poll") == 1)
    found = await figures()
    counts = {
        door: value(found, "kyoso_live_connections", door=door) for door in ("socket", "stream", "poll")
    }
    assert counts == {"socket": 2, "stream": 1, "poll": 1}
    await act(factories.post, tanaka, channel)
    for browser in (*browsers, lines):
        await browser.leave()
    await waiting.answer()
    found = await figures()
    assert [value(found, "kyoso_live_connections", door=door) for door in counts] == [0, 0, 0]


async def test_deliveries_are_counted_once_for_each_viewer(hub):
    tanaka, miura, ito = [await act(person, key) for key in ("tanaka", "miura", "ito")]
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura, ito)
    looking = [await screen(tanaka, channel), await screen(miura, channel)]
    elsewhere = await screen(ito)
    everybody, before = [*looking, elsewhere], await figures()
    for browser in everybody:
        browser.told.clear()
    post = await act(factories.post, tanaka, channel)
    for browser in looking:
        await browser.until("e", id=post.pk)
    await elsewhere.until("u", s=channel.stream)
    told = [said for browser in everybody for said in await browser.quiet() if said["t"] == "e"]
    # To two who look at the channel; and that she has read it, to the author's own page.
    assert sorted(said["k"] for said in told) == ["post.published", "post.published", "read"]
    assert await grown(before, "kyoso_live_deliveries_total") == 3
    for browser in everybody:
        await browser.leave()


async def test_holes_that_a_hello_reports_are_counted_and_held_to_a_limit(hub):
    tanaka = await act(person, "tanaka")
    browser = await screen(tanaka)
    before = await figures()
    await browser.say(t="hello", v=1, epoch=hub.epoch, cur={}, focus=[], gaps=2)
    await browser.until("live")
    assert await grown(before, "kyoso_live_gaps_total") == 2
    await browser.say(t="hello", v=1, epoch=hub.epoch, cur={}, focus=[], gaps=10**15)
    await browser.until("live")
    assert await grown(before, "kyoso_live_gaps_total") == 102
    await browser.leave()


@pytest.mark.parametrize("gaps", [-1, 1.5, True, "2", [1]])
async def test_wrong_gaps_are_no_hello(gaps):
    with pytest.raises(Malformed):
        wish({"t": "hello", "gaps": gaps})


async def test_a_client_that_must_fetch_the_page_again_is_counted(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    before = await figures()
    browser = await screen(tanaka, channel, **{channel.stream: 999})
    assert [said["s"] for said in browser.told if said["t"] == "reset"] == [channel.stream]
    assert await grown(before, "kyoso_live_resets_total") == 1
    await browser.leave()


async def test_an_overflowing_queue_is_counted_and_its_bytes_are_shown(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    key = await act(log_in, tanaka)
    connection = Connection(tanaka.pk, key, session_fingerprint(key), Limits(queued_frames=3))
    hub.enter(connection)
    await entrance.greet(hub, connection, Wish((channel.stream,), {}, hub.epoch))
    await polling.collected(hub, connection)
    before = await figures()
    await act(factories.post, tanaka, channel)
    await come_true(lambda: connection.size > 0)
    assert value(await figures(), "kyoso_live_queued_bytes") == connection.size
    for i in range(4):
        await act(factories.post, tanaka, channel, f"{i}件目")
    await come_true(lambda: connection.pulling)
    assert await grown(before, "kyoso_live_pulls_total") == 1
    hub.leave(connection)


async def test_what_the_bus_did_not_tell_is_counted_when_the_sweep_finds_it(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    await sweep.look(hub)
    await come_true(lambda: channel.stream in hub.labels and not hub.labels[channel.stream].fetching)
    await sweep.look(hub)
    before, head, events = (
        await figures(),
        hub.labels[channel.stream].head,
        await act(LiveEvent.objects.count),
    )
    bus.attach(None)
    await act(factories.post, tanaka, channel)
    await act(factories.post, tanaka, channel, "もう1件")
    silent = await act(LiveEvent.objects.count) - events
    await come_true(lambda: hub.labels[channel.stream].head == head + 2)
    await sweep.look(hub)
    assert (silent, await grown(before, "kyoso_live_sweep_found_total")) == (4, 4)
    bus.attach(hub)


async def test_ends_are_counted_by_their_code(hub):
    tanaka = await act(person, "tanaka")
    before = await figures()
    browser = await screen(tanaka)
    await browser.leave()
    other = await screen(tanaka)
    await other.say(t="hello", focus="c1")
    assert await other.closed() == 4400
    await come_true(lambda: not hub.connections)
    assert await grown(before, "kyoso_live_closed_total", code="left") == 1
    assert await grown(before, "kyoso_live_closed_total", code="4400") == 1


async def test_the_epoch_in_force_is_one_and_former_ones_are_nought(hub):
    former = hub.epoch
    assert value(await figures(), "kyoso_epoch_info", epoch=former) == 1
    await act(log.renew_epoch)
    await sweep.look(hub)
    found = await figures()
    assert hub.epoch != former
    assert [value(found, "kyoso_epoch_info", epoch=epoch) for epoch in (former, hub.epoch)] == [0, 1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer ｔｔ"},
        {"cookie": f"token={TOKEN}"},
    ],
)
async def test_without_the_token_there_is_no_such_address(headers):
    status, told, body = await asked(**headers)
    assert (status, told, body) == (404, {"content-length": "0"}, b"")


async def test_other_methods_find_nothing_and_head_has_no_body():
    allowed = {"authorization": f"Bearer {TOKEN}"}
    assert [(await asked(method, **allowed))[0] for method in ("POST", "PUT", "DELETE")] == [404] * 3
    status, told, body = await asked("HEAD", **allowed)
    assert (status, int(told["content-length"]) > 500, body) == (200, True, b"")


async def test_without_a_setting_no_token_fits(settings):
    settings.METRICS_TOKEN = ""
    for guess in ("", " ", "None", TOKEN):
        assert (await asked(authorization=f"Bearer {guess}"))[0] == 404


@pytest_asyncio.fixture
async def bus_hub(mortal_redis, transactional_db, monkeypatch):
    """A hub on a bus that is tried often."""
    monkeypatch.setattr(bus, "PING_SECONDS", 0.05)
    monkeypatch.setattr(bus, "SILENCE_SECONDS", 0.5)
    yield await hubs.start()
    await hubs.stop()
    await get_channel_layer().flush()


async def test_a_killed_redis_shows(bus_hub, mortal_redis):
    await come_true(lambda: not bus_hub.bus_down and bus_hub.heard_at)
    assert value(await figures(), "kyoso_live_bus_up") == 1
    mortal_redis.kill()
    await come_true(lambda: bus_hub.bus_down)
    assert value(await figures(), "kyoso_live_bus_up") == 0


async def test_a_loop_that_was_kept_waiting_shows(hub, monkeypatch):
    def close_slow(*_) -> None:
        hub.loop.call_later(0.5, wait)

    def wait() -> None:
        begun = hub.loop.time()
        while hub.loop.time() < begun + 0.8:
            pass

    monkeypatch.setattr(sweep, "close_slow", close_slow)

    def lag() -> float:
        metrics.take_stock(hub)
        return value(samples(generate_latest(metrics.registry).decode()), "kyoso_live_loop_lag_seconds")

    await come_true(lambda: lag() > 0.2)
