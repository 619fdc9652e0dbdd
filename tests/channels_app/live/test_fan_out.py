"""What a member does appears at once on the screens of those who look, in order, and only there."""

import asyncio
from uuid import uuid4

import pytest

from channels_app import fragments
from channels_app.actions.channels import mark_read
from channels_app.actions.posts import edit_post, publish_post, remove_post
from channels_app.actions.reactions import react
from tests import factories
from tests.channels_app.live.stage import act, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


async def test_a_post_reaches_the_viewer_with_the_bytes_of_the_page(hub, no_hidden_error):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    post = await act(factories.post, tanaka, channel)
    said = await browser.until("e", s=channel.stream)
    fragment = await act(fragments.post, post.pk)
    told = {"k": "post.published", "id": post.pk, "v": 1, "html": fragment.html}
    assert said == {"t": "e", "s": channel.stream, "n": post.n} | told
    await browser.leave()


async def test_every_deed_is_told_in_order_without_a_hole(hub, no_hidden_error):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    browser = await screen(miura, channel)
    root = await act(factories.post, tanaka, channel)
    reply = await act(factories.post, miura, channel, "うちもです", root)
    await act(react, miura, root, stamp="onaji")
    await act(edit_post, tanaka, root, text="直しました")
    await act(remove_post, miura, reply)
    await browser.until("e", n=root.n + 6)
    kinds = ["published", "published", "replied", "reacted", "edited", "removed", "replied"]
    assert browser.events(channel.stream) == [(root.n + i, f"post.{kind}") for i, kind in enumerate(kinds)]
    assert browser.events(f"u{miura.pk}") == [(browser.cursors[f"u{miura.pk}"], "reacted")]
    fresh = await act(fragments.posts, [root.pk, reply.pk])
    assert browser.shown == {pk: (fragment.v, fragment.html) for pk, fragment in fresh.items()}
    assert browser.holes == 0
    await browser.leave()


async def test_members_who_look_elsewhere_only_learn_the_count(hub, no_hidden_error):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    here = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    there = await act(factories.channel, "zatsudan", tanaka, miura, name="雑談")
    browser = await screen(miura, there)
    root = await act(factories.post, tanaka, here, "ここだけの話")
    await act(factories.post, tanaka, here, "返信は数えません", root)
    await browser.until("u")
    told = [said for said in await browser.quiet() if said.get("s") == here.stream]
    assert told == [{"t": "u", "s": here.stream, "c": 1}]
    await browser.leave()


async def test_who_is_not_in_a_channel_and_does_not_look_hears_nothing_of_it(hub, no_hidden_error):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    inside, outside = await screen(tanaka, channel), await screen(ito)
    before = len(outside.told)
    await act(factories.post, tanaka, channel)
    await inside.until("e", s=channel.stream)
    assert [said["t"] for said in (await outside.quiet())[before:]] == ["pong"]
    await inside.leave()
    await outside.leave()


async def test_a_visitor_may_look_at_an_open_channel(hub, no_hidden_error):
    tanaka, ito = await act(person, "tanaka"), await act(person, "ito")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(ito, channel)
    post = await act(factories.post, tanaka, channel)
    assert (await browser.until("e", s=channel.stream))["id"] == post.pk
    await browser.leave()


async def test_a_retried_post_is_told_once(hub, no_hidden_error):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser, cid = await screen(tanaka, channel), uuid4()
    first = await act(publish_post, tanaka, channel, text="送信", cid=cid)
    again = await act(publish_post, tanaka, channel, text="送信", cid=cid)
    last = await act(factories.post, tanaka, channel, "次の投稿")
    await browser.until("e", id=last.pk)
    assert (again.created, again.post.pk) == (False, first.post.pk)
    assert browser.events(channel.stream) == [(first.post.n, "post.published"), (last.n, "post.published")]
    await browser.leave()


async def test_reading_is_told_to_the_members_other_screens(hub, no_hidden_error):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    post = await act(factories.post, tanaka, channel)
    own, foreign = await screen(miura), await screen(tanaka)
    before = len(foreign.told)
    await act(mark_read, miura, channel)
    said = await own.until("e", s=f"u{miura.pk}", k="read")
    assert said["aux"] == {"s": channel.stream, "n": post.n, "read_posts": 1}
    assert [other["t"] for other in (await foreign.quiet())[before:]] == ["pong"]
    await own.leave()
    await foreign.leave()


async def test_changing_the_focus_changes_what_is_heard(hub, no_hidden_error):
    tanaka = await act(person, "tanaka")
    here = await act(factories.channel, "madoguchi-dx", tanaka)
    there = await act(factories.channel, "zatsudan", tanaka, name="雑談")
    await act(factories.post, tanaka, there, "読み直すところ")
    browser = await screen(tanaka, here)
    await browser.say(t="focus", focus=[there.stream], cur={there.stream: 2})
    await browser.until("live")
    await act(factories.post, tanaka, here)
    await act(factories.post, tanaka, there)
    await browser.until("e", s=there.stream, n=4)
    told = await browser.quiet()
    # What was missed comes as e or as b, whether the hub has it already or must read it.
    assert [said.get("n") or said["to"] for said in told if said.get("s") == there.stream] == [3, 4]
    counts = {"t": "u", "s": here.stream, "c": 1}
    assert [said for said in told if said.get("s") == here.stream] == [counts]
    assert browser.holes == 0
    await browser.leave()


async def test_a_burst_from_many_pages_arrives_in_order(hub, no_hidden_error):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    browser = await screen(tanaka, channel)
    posts = await asyncio.gather(*[act(factories.post, tanaka, channel, f"{i}件目") for i in range(12)])
    last = max(post.n for post in posts)
    while browser.cursors[channel.stream] < last:
        await browser.next()
    assert (browser.holes, set(browser.shown)) == (0, {post.pk for post in posts})
    await browser.leave()
