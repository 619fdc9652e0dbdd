"""Who loses access hears nothing more, from an exact number on. There is always something that could leak."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client

from accounts import sessions
from accounts.models import Member
from accounts.session_store import SessionStore
from channels_app.actions.access import cut_member
from channels_app.actions.channels import admit, join_channel, leave_channel
from channels_app.live import announce, log, streams, sweep
from channels_app.models import Channel, Membership
from kyoso.lib.deeds import deed
from tests import factories
from tests.channels_app.live.stage import Browser, act, log_in, poll, screen
from tests.people import PASSWORD, person

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.asyncio,
    pytest.mark.usefixtures("no_hidden_error"),
]


async def closed_channel(*members) -> Channel:
    return await act(factories.channel, "kenshu", *members, name="研修の準備", kind=Channel.Kind.PRIVATE)


@deed
def close_to_others(channel: Channel) -> None:
    channel.kind, channel.v = Channel.Kind.PRIVATE, channel.v + 1
    channel.save()
    announce.channel_changed(channel, None)


async def test_leaving_a_closed_channel_cuts_at_exactly_its_number(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await closed_channel(tanaka, miura)
    stays, leaves = await screen(tanaka, channel), await screen(miura, channel)
    await act(factories.post, tanaka, channel, "三浦さんにも見えます")
    await act(leave_channel, miura, channel)
    secret = await act(factories.post, tanaka, channel, "三浦さんには見えません")
    left_n = (await act(Membership.objects.get, member=miura)).left_n
    await stays.until("e", id=secret.pk)
    await leaves.until("gone", s=channel.stream)
    told = [said for said in await leaves.quiet() if said.get("s") == channel.stream]
    assert [said["n"] for said in told if "n" in said and said["n"] > left_n] == []
    assert [said for said in told if "見えません" in str(said)] == []
    assert (secret.n, leaves.cursors[channel.stream] <= left_n) == (left_n + 1, True)
    await stays.leave()
    await leaves.leave()


async def test_who_has_left_a_closed_channel_cannot_ask_for_it_again(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await closed_channel(tanaka, miura)
    await act(leave_channel, miura, channel)
    await act(factories.post, tanaka, channel, "三浦さんには見えません")
    browser = await screen(miura, channel, **{channel.stream: 2})
    assert {"t": "gone", "s": channel.stream} in browser.told
    assert channel.stream not in browser.told[0]["heads"] | browser.told[0]["ch"]
    assert [said for said in browser.told if "見えません" in str(said)] == []
    await browser.leave()


async def test_a_stranger_gets_nothing_of_a_closed_channel(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await closed_channel(tanaka)
    await act(factories.post, tanaka, channel, "内輪の相談")
    browser = await screen(ito, channel, **{channel.stream: 1})
    await browser.say(t="focus", focus=[channel.stream, "c999999", "u1", "s", "c", "c٣", "cx"], cur={})
    gone = [await browser.until("gone") for _ in range(7)]
    secret = await act(factories.post, tanaka, channel, "内輪の相談の続き")
    told = await browser.quiet()
    assert [said["s"] for said in gone] == [channel.stream, "c999999", "u1", "s", "c", "c٣", "cx"]
    assert [said for said in told if "内輪" in str(said) or said.get("id") == secret.pk] == []
    await browser.leave()


async def test_one_cannot_look_at_the_stream_of_another_member(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    browser = await screen(ito, **{f"u{tanaka.pk}": 0, f"u{ito.pk}": 0})
    channel = await act(factories.channel, "madoguchi-dx")
    await act(join_channel, tanaka, channel)
    await act(join_channel, ito, channel)
    await browser.until("e", s=f"u{ito.pk}", k="membership.changed")
    assert [said for said in browser.told if said.get("s") == f"u{tanaka.pk}"] == []
    assert list(browser.told[0]["heads"]) == [f"u{ito.pk}", "s"]
    await browser.leave()


async def test_leaving_an_open_channel_ends_the_count_but_not_the_view(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    looking, elsewhere = await screen(miura, channel), await screen(miura)
    await act(leave_channel, miura, channel)
    post = await act(factories.post, tanaka, channel)
    await looking.until("e", id=post.pk)
    assert [said["t"] for said in await elsewhere.quiet() if said.get("s") == channel.stream] == []
    await looking.leave()
    await elsewhere.leave()


async def test_joining_brings_the_count_to_open_screens(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(miura)
    await act(join_channel, miura, channel)
    await act(factories.post, tanaka, channel)
    assert (await browser.until("u"))["c"] == 1
    await browser.leave()


async def test_a_newcomer_of_a_closed_channel_hears_it_from_their_number_on(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await closed_channel(tanaka)
    await act(factories.post, tanaka, channel, "三浦さんが来る前の話")
    await act(admit, miura, channel)
    browser = await screen(miura, channel, **{channel.stream: 0})
    post = await act(factories.post, tanaka, channel, "ようこそ")
    await browser.until("e", id=post.pk)
    assert [said["t"] for said in browser.told if said.get("s") == channel.stream] == ["reset", "e"]
    assert [said for said in browser.told if "来る前" in str(said)] == []
    await browser.leave()


async def test_a_channel_that_closes_is_gone_for_those_outside(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    member, visitor = await screen(tanaka, channel), await screen(ito, channel)
    await act(close_to_others, channel)
    await act(factories.post, tanaka, channel, "ここからは内輪")
    await member.until("e", s=channel.stream, n=4)
    await visitor.until("gone", s=channel.stream)
    assert [said["t"] for said in await visitor.quiet() if said.get("s") == channel.stream] == ["gone"]
    await member.leave()
    await visitor.leave()


async def test_suspension_closes_every_connection_of_the_member(hub):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, ito)
    first, second, other = await screen(ito, channel), await screen(ito), await screen(tanaka, channel)
    await act(cut_member, ito)
    await act(factories.post, tanaka, channel, "停止のあとの話")
    assert (await first.closed(), await second.closed()) == (4403, 4403)
    assert [said for said in first.told if "停止のあと" in str(said)] == []
    await other.until("e", s=channel.stream, k="post.published")
    told = next(said for said in other.told if said.get("k") == "member.suspended")
    assert told == {"t": "e", "s": "s", "n": told["n"], "k": "member.suspended", "id": 0, "v": 1}
    await other.leave()


async def test_logging_out_closes_the_sockets_of_that_session_only(hub):
    tanaka = await act(person, "tanaka")
    client = Client()
    await act(client.login, email=tanaka.email, password=PASSWORD)
    here = Browser(client.session.session_key)
    assert await here.open() == 101
    await here.hello()
    elsewhere = await screen(tanaka)
    await act(client.logout)
    assert await here.closed() == 4403
    assert "e" in [said["t"] for said in await elsewhere.quiet()]
    await elsewhere.leave()


async def test_a_session_that_ends_without_a_word_is_noticed_at_the_next_hello(hub):
    tanaka = await act(person, "tanaka")
    key = await act(log_in, tanaka)
    browser = Browser(key)
    assert await browser.open() == 101
    await browser.hello()
    await act(lambda: Member.objects.filter(pk=tanaka.pk).update(suspended_at=tanaka.joined_at))
    await browser.say(t="hello", v=1, epoch=await act(log.epoch), cur={}, focus=[])
    assert await browser.closed() == 4403


async def test_access_that_changes_during_the_look_up_is_looked_up_again(hub, monkeypatch):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await closed_channel(tanaka, miura)
    browser = Browser(await act(log_in, miura))
    assert await browser.open() == 101
    real, times = streams.reach, []

    def slow_reach(session_key, focus):
        found = real(session_key, focus)
        if not times:
            leave_channel(miura, channel)
        times.append(found)
        return found

    monkeypatch.setattr(streams, "reach", slow_reach)
    await browser.hello(channel.stream)
    await act(factories.post, tanaka, channel, "三浦さんには見えません")
    told = await browser.quiet()
    assert (list(times[0].focus), list(times[-1].focus)) == ([channel.stream], [])
    assert [said for said in told if "見えません" in str(said)] == []
    assert {"t": "gone", "s": channel.stream} in told
    await browser.leave()


def shorten(key, seconds: float) -> None:
    """Let the session end so many seconds from now, as if it was last used long ago."""
    session = SessionStore(key)
    session[sessions.SEEN] = int(time.time() + seconds) - settings.SESSION_IDLE_SECONDS
    session.save()


async def open_page(member, seconds: float) -> tuple[str, Browser]:
    """A page whose session ends soon; its connection knows that from its hello."""
    key = await act(log_in, member)
    await act(shorten, key, seconds)
    browser = Browser(key)
    assert await browser.open() == 101
    await browser.hello()
    return key, browser


async def test_a_session_that_is_over_closes_its_socket_by_itself(hub):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    _, idle = await open_page(tanaka, 2)
    other = await screen(miura)
    assert await idle.closed() == 4401
    assert [connection.member_id for connection in hub.connections] == [miura.pk]
    await other.leave()


async def test_a_session_that_is_over_answers_its_waiting_poll(hub):
    tanaka = await act(person, "tanaka")
    key = await act(log_in, tanaka)
    await act(shorten, key, 2)
    answer = await poll(key, wait=20)
    assert (answer.status, answer.told) == (401, {"code": 4401})


async def test_use_moves_the_end_and_nobody_is_cut_on_suspicion(hub):
    tanaka = await act(person, "tanaka")
    key, browser = await open_page(tanaka, 600)
    (connection,) = hub.connections
    before = connection.ends_at
    await act(shorten, key, 3_000)
    due = sweep.overdue(hub, before)
    assert (due, sweep.overdue(hub, before)) == ([connection], [])
    await sweep.look_up_again(hub, connection)
    assert 2_390 < connection.ends_at - before < 2_410
    assert await browser.quiet() == browser.told
    await browser.leave()


async def test_without_the_factor_demanded_of_all_nothing_is_heard(hub, settings):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    key, with_factor = await act(log_in, tanaka), await screen(miura)
    before = await screen(tanaka)
    await act(Authenticator.objects.create, user=miura, type="totp", data={})
    settings.REQUIRE_SECOND_FACTOR_OF_ALL = True
    assert (await Browser(key).open(), (await poll(key)).status) == (403, 403)
    for connection in hub.connections:
        await sweep.look_up_again(hub, connection)
    assert await before.closed() == 4403
    assert await with_factor.quiet() == with_factor.told
    await with_factor.leave()
