"""Page at n0 plus frames equals the page rendered fresh, for every kind of event and every way they come."""

import pytest

from channels_app import fragments
from channels_app.actions.channels import admit, leave_channel
from channels_app.actions.imports import OldPost, import_posts
from channels_app.actions.pins import pin_post
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.questions import accept_answer, close_question, reopen_question, withdraw_answer
from channels_app.actions.reactions import react
from channels_app.live import catchup, frames, log
from channels_app.models import LiveEvent, LiveStream, Post
from tests import factories
from tests.channels_app.live.stage import Browser, act, log_in, page, poll, screen
from tests.people import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


class Story:
    """A channel with a question, its answer and two people."""

    def __init__(self):
        self.tanaka, self.miura = person("tanaka"), person("miura")
        self.channel = factories.channel("madoguchi-dx", self.tanaka, self.miura)
        self.root = factories.post(
            self.tanaka, self.channel, "予約システムは何を使っていますか？", title="予約システム"
        )
        self.reply = factories.post(self.miura, self.channel, "自前です", self.root)
        react(self.miura, self.root, stamp="onaji")

    def shown(self) -> dict[int, tuple[int, str]]:
        """What a page shows of the channel now."""
        ids = Post.objects.filter(channel=self.channel).values_list("pk", flat=True)
        return {pk: (fragment.v, fragment.html) for pk, fragment in fragments.posts(ids).items()}


def removed_answer(story: "Story") -> None:
    answer = factories.post(story.miura, story.channel, "答えでした", story.root)
    accept_answer(story.tanaka, answer)
    remove_post(story.miura, answer)


DEEDS = {
    "post.published": lambda s: factories.post(s.miura, s.channel, "新しい話題です"),
    "post.replied": lambda s: factories.post(s.tanaka, s.channel, "ありがとうございます", s.root),
    "post.replied, in the channel too": lambda s: factories.post(
        s.miura, s.channel, "皆さんにも", s.root, in_channel=True
    ),
    "question.changed": lambda s: accept_answer(s.tanaka, s.reply),
    "answer withdrawn": lambda s: (accept_answer(s.tanaka, s.reply), withdraw_answer(s.tanaka, s.reply)),
    "answer removed": removed_answer,
    "question closed": lambda s: close_question(s.tanaka, s.root),
    "question reopened": lambda s: (close_question(s.tanaka, s.root), reopen_question(s.tanaka, s.root)),
    "post.pinned": lambda s: pin_post(person("oonishi"), s.root),
    "post.edited": lambda s: edit_post(s.tanaka, s.root, text="予約は何で受けていますか？"),
    "post.reacted": lambda s: react(s.tanaka, s.reply, stamp="onaji"),
    "reaction withdrawn": lambda s: react(s.miura, s.root, stamp="onaji"),
    "member.joined": lambda s: admit(person("ito"), s.channel),
    "post.removed": lambda s: remove_post(s.miura, s.reply),
    "member.left": lambda s: leave_channel(s.miura, s.channel),
}


def everything(story: Story) -> None:
    for deed in DEEDS.values():
        deed(story)


@pytest.mark.parametrize("deed", [*DEEDS.values(), everything], ids=[*DEEDS, "everything"])
@pytest.mark.parametrize("way", ["live", "ring", "log", "poll"])
async def test_page_plus_frames_is_the_fresh_page(hub, way, deed):
    story = await act(Story)
    stream, n = await act(page, story.channel)
    key, before = await act(log_in, story.tanaka), await act(story.shown)
    browser = Browser(key)
    browser.shown = dict(before)
    if way == "live":
        await browser.open()
        await browser.hello(stream, **{stream: n})
    await act(deed, story)
    if way == "log":
        hub.rings.forget(await hub.stream(stream))
    if way in {"ring", "log"}:
        await browser.open()
        await browser.hello(stream, **{stream: n})
    head = (await act(page, story.channel))[1]
    if way == "poll":
        browser.cursors[stream] = n
        for said in (await poll(key, stream, cur={stream: n})).told:
            browser.check(said)
    while browser.cursors[stream] < head:
        await browser.next()
    assert browser.shown == await act(story.shown)
    assert (browser.holes, browser.cursors[stream], head > n) == (0, head, True)


async def test_every_kind_on_a_channel_is_in_the_story():
    kinds = {kind.label for kind in LiveEvent.Kind if kind < 40}
    assert kinds - set(DEEDS) == {"channel.changed", "channel.reloaded"}  # neither carries a fragment


async def test_catch_up_tells_each_object_once_and_keeps_that_it_is_new(hub):
    story = await act(Story)
    stream, n = await act(page, story.channel)
    post = await act(factories.post, story.miura, story.channel, "書いてすぐ直す")
    await act(edit_post, story.miura, post, text="直しました")
    await act(react, story.tanaka, post, stamp="onaji")
    hub.rings.forget(await hub.stream(stream))
    browser = await screen(story.tanaka, story.channel, **{stream: n})
    (batch,) = [said for said in browser.told if said["t"] == "b"]
    fresh = await act(fragments.post, post.pk)
    entry = {"k": "post.published", "id": post.pk, "v": fresh.v, "html": fresh.html}
    assert batch == {"t": "b", "s": stream, "from": n, "to": n + 3, "e": [entry]}
    await browser.leave()


async def test_a_removed_post_is_not_shown_again_by_the_ring(hub):
    story = await act(Story)
    stream, n = await act(page, story.channel)
    post = await act(factories.post, story.miura, story.channel, "消すはずの話")
    watcher = await screen(story.tanaka, story.channel, **{stream: n})
    assert "消すはずの話" in str(watcher.told)
    await act(remove_post, story.miura, post)
    await watcher.until("e", k="post.removed")
    late = await screen(story.tanaka, story.channel, **{stream: n})
    assert late.events(stream) == [(n + 1, "post.published"), (n + 2, "post.removed")]
    assert "消すはずの話" not in str(late.told)
    await watcher.leave()
    await late.leave()


async def test_a_cursor_the_log_cannot_replay_is_reset(hub):
    story = await act(Story)
    stream, head = await act(page, story.channel)
    hub.rings.forget(await hub.stream(stream))
    await act(lambda: LiveEvent.objects.filter(stream__ref_id=story.channel.pk, n__lte=3).delete())
    await act(lambda: LiveStream.objects.filter(kind="c").update(floor=3))
    pruned = await screen(story.tanaka, story.channel, **{stream: 2})
    ahead = await screen(story.tanaka, story.channel, **{stream: head + 1})
    reset = {"t": "reset", "s": stream, "head": head}
    for browser in (pruned, ahead):
        assert [said for said in browser.told if said.get("s") == stream] == [reset]
    post = await act(factories.post, story.tanaka, story.channel)
    for browser in (pruned, ahead):
        assert (await browser.until("e", s=stream))["id"] == post.pk
        await browser.leave()
    at_floor = await screen(story.tanaka, story.channel, **{stream: 3})
    assert at_floor.cursors[stream] == head + 1
    await at_floor.leave()


async def test_another_history_resets_every_cursor(hub):
    story = await act(Story)
    stream, head = await act(page, story.channel)
    browser = Browser(await act(log_in, story.tanaka))
    await browser.open()
    own = f"u{story.tanaka.pk}"
    await browser.hello(
        stream, epoch="00000000-0000-0000-0000-000000000000", **{stream: head, own: 1, "s": 1}
    )
    assert {said["s"] for said in browser.told if said["t"] == "reset"} == {stream, own, "s"}
    await browser.leave()


async def test_a_cursor_too_far_behind_is_reset(hub, monkeypatch):
    story = await act(Story)
    stream, head = await act(page, story.channel)
    monkeypatch.setattr("channels_app.live.entrance.MOST_BEHIND", 2)
    browser = await screen(story.tanaka, story.channel, **{stream: head - 3})
    near = await screen(story.tanaka, story.channel, **{stream: head - 2})
    assert [said["t"] for said in browser.told if said.get("s") == stream] == ["reset"]
    assert [said["t"] for said in near.told if said.get("s") == stream][-1] != "reset"
    await browser.leave()
    await near.leave()


async def test_an_import_makes_viewers_fetch_the_page_once(hub):
    story = await act(Story)
    browser = await screen(story.tanaka, story.channel)
    old = [OldPost(story.miura, f"{i}年前の話", story.root.posted_at) for i in range(5)]
    await act(import_posts, story.channel, old)
    head = (await act(page, story.channel))[1]
    assert await browser.until("reset") == {"t": "reset", "s": story.channel.stream, "head": head}
    post = await act(factories.post, story.tanaka, story.channel)
    assert (await browser.until("e", id=post.pk))["n"] == head + 1
    await browser.leave()


async def test_an_import_brings_the_counts_of_all_members_up_to_date(hub):
    story = await act(Story)
    elsewhere = await screen(story.miura)
    before = elsewhere.told[-2]["ch"][story.channel.stream]
    await act(import_posts, story.channel, [OldPost(story.tanaka, "昔の話", story.root.posted_at)] * 5)
    hi = await elsewhere.until("hi")
    assert hi["ch"][story.channel.stream] == [before[0] + 5, before[1] + 5]
    assert (await elsewhere.quiet())[-1]["t"] == "pong"
    await elsewhere.leave()


async def test_large_catch_up_comes_in_pieces(hub, monkeypatch):
    story = await act(Story)
    stream, n = await act(page, story.channel)
    posts = [await act(factories.post, story.miura, story.channel, f"{i}番" + "長" * 500) for i in range(6)]
    monkeypatch.setattr(catchup, "MOST_BYTES", 8_000)
    hub.rings.forget(await hub.stream(stream))
    browser = await screen(story.tanaka, story.channel, **{stream: n})
    pieces = [said for said in browser.told if said["t"] == "b"]
    assert len(pieces) > 1
    assert max(len(frames.encode(piece).encode()) for piece in pieces) <= 8_000
    assert (browser.holes, set(browser.shown)) == (0, {post.pk for post in posts})
    await browser.leave()


async def test_an_event_whose_object_has_moved_on_leaves_the_content_to_the_later_one(hub):
    story = await act(Story)
    stream, n = await act(page, story.channel)
    await act(edit_post, story.tanaka, story.root, text="一度目")
    await act(edit_post, story.tanaka, story.root, text="二度目")
    rows = await act(lambda: list(log.events_between(hub.labels[stream].id, n, n + 2)))
    assert [row.ver for row in rows] == [4, 5]
    hub.rings.forget(await hub.stream(stream))
    browser = await screen(story.miura, story.channel, **{stream: n})
    assert [len(said["e"]) for said in browser.told if said["t"] == "b"] == [1]
    assert "二度目" in browser.shown[story.root.pk][1]
    await browser.leave()
