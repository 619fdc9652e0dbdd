"""The long poll tells the same events as the WebSocket, and guards its door as well."""

import pytest
from django.middleware import csrf

from channels_app.actions.access import cut_member
from tests import factories
from tests.channels_app.live.stage import CSRF_SECRET, Poll, act, come_true, log, log_in, page, poll, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def waiting(hub, key: str, *channels: str, **more) -> Poll:
    """A poll that the server holds."""
    hello = {
        "t": "hello",
        "v": 1,
        "epoch": await act(log.epoch),
        "focus": list(channels),
        "cur": {},
        "wait": 20,
    }
    request = await Poll(key, hello | more).send()
    request.request.future  # noqa: B018 (starts it)
    await come_true(lambda: any(c.greeted and not c.pulling for c in hub.connections))
    return request


async def test_the_first_poll_answers_at_once_that_the_page_is_level(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    await act(factories.post, tanaka, channel)
    stream, n = await act(page, channel)
    answer = await poll(await act(log_in, tanaka), stream, cur={stream: n}, wait=0)
    assert [said["t"] for said in answer.told] == ["hi", "live"]
    assert (answer.told[0]["heads"][stream], answer.told[0]["ch"]) == (n, {stream: [1, 1]})
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert hub.connections == []


async def test_a_poll_is_answered_by_the_next_event(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    key, browser = await act(log_in, tanaka), await screen(tanaka, channel)
    await browser.leave()
    request = await waiting(hub, key, channel.stream)
    post = await act(factories.post, miura, channel)
    told = (await request.answer()).told
    assert [(said["t"], said.get("id")) for said in told] == [("hi", None), ("live", None), ("e", post.pk)]


async def test_polls_one_after_the_other_tell_what_the_socket_tells(hub):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    stream, n = await act(page, channel)
    browser, key = await screen(tanaka, channel), await act(log_in, tanaka)
    polled = []
    for text in ("ひとつ", "ふたつ", "みっつ"):
        await act(factories.post, tanaka, channel, text)
        answer = await poll(key, stream, cur={stream: n})
        polled += [said for said in answer.told if said["t"] == "e"]
        n = polled[-1]["n"]
    await browser.until("e", n=n)
    assert polled == [said for said in browser.told if said["t"] == "e" and said["s"] == stream]
    await browser.leave()


async def test_a_count_that_rose_between_two_polls_is_told_at_once(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    key = await act(log_in, miura)
    first = await poll(key, wait=0)
    shown = sum(posts for posts, _ in first.told[0]["ch"].values())
    await act(factories.post, tanaka, channel)
    second = await poll(key, wait=25, posts=shown)
    assert second.told[0]["ch"] == {channel.stream: [1, 0]}


async def test_a_waiting_poll_learns_the_count(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    request = await waiting(hub, await act(log_in, miura), posts=0)
    await act(factories.post, tanaka, channel)
    assert (await request.answer()).told[-1] == {"t": "u", "s": channel.stream, "c": 1}


async def test_a_waiting_poll_of_a_suspended_member_is_refused(hub):
    ito = await act(person, "ito")
    request = await waiting(hub, await act(log_in, ito))
    await act(cut_member, ito)
    answer = await request.answer()
    assert (answer.status, answer.told) == (403, {"code": 4403})


async def test_a_client_that_leaves_while_waiting_is_forgotten(hub):
    request = await waiting(hub, await act(log_in, await act(person, "ito")))
    await request.request.send_input({"type": "http.disconnect"})
    await request.request.wait(5)
    assert hub.connections == []


REFUSED = [
    ({"origin": None}, 403),
    ({"origin": "http://evil.example"}, 403),
    ({"token": None}, 403),
    ({"token": "b" * 32}, 403),
    ({"token": "short"}, 403),
    ({"cookie_token": None}, 403),
    ({"cookie_token": "b" * 32}, 403),
    ({"method": "GET"}, 405),
]


async def test_requests_of_other_pages_are_refused(hub):
    key = await act(log_in, await act(person, "tanaka"))
    for changed, status in REFUSED:
        assert (changed, (await poll(key, **changed)).status) == (changed, status)
    assert (await poll(key)).status == 200


async def test_a_masked_token_as_pages_carry_it_is_accepted(hub):
    key = await act(log_in, await act(person, "tanaka"))
    masked = csrf._mask_cipher_secret(CSRF_SECRET)
    assert (await poll(key, token=masked)).status == 200


async def test_a_body_that_is_no_hello_is_refused(hub):
    key = await act(log_in, await act(person, "tanaka"))
    for body in [b"", b"x", b"\xff", b'{"t":"focus"}', b'{"t":"hello","wait":-1}', b'"' + b"a" * 20_000]:
        answer = await (await Poll(key, body).send()).answer()
        assert (body[:20], answer.status, answer.told) == (body[:20], 400, {"code": 4400})


async def test_without_a_session_a_poll_is_refused(hub):
    for key in (None, "a" * 32):
        answer = await poll(key)
        assert (answer.status, answer.told) == (401, {"code": 4401})


async def test_a_closed_channel_is_gone_for_a_stranger(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "kenshu", tanaka, kind="private")
    await act(factories.post, tanaka, channel, "内輪の相談")
    answer = await poll(await act(log_in, ito), channel.stream, cur={channel.stream: 0}, wait=0)
    assert [said["t"] for said in answer.told] == ["hi", "gone", "live"]
    assert "内輪" not in str(answer.told)
