"""What a page knew plus what catch-up tells is what a page opened now knows, for every kind of event.

`Page` does what static/js/live/effects.js, unread.js, stamps.js and sidebar.js do with an entry, `Hub` what
channels_app.live.cuts does with a row. A kind that is added to LiveEvent.Kind without a case fails here.
"""

import json
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions import members
from accounts.models import Member
from channels_app import fragments, viewer
from channels_app.actions.access import tell_member_changed
from channels_app.actions.channel_changes import archive_channel, describe_channel
from channels_app.actions.channels import admit, leave_channel, mark_read
from channels_app.actions.imports import OldPost, import_posts
from channels_app.actions.inbox import mark_all
from channels_app.actions.memberships import set_favourite
from channels_app.actions.pins import pin_post
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.questions import accept_answer
from channels_app.actions.reading import read_all_channels, unread_from
from channels_app.live import catchup, history
from channels_app.live.announce import session_fingerprint
from channels_app.models import LiveEvent, LiveStream, Membership, Post
from channels_app.views.shell import sidebar_of
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db
Kind = LiveEvent.Kind
CALL = "@田中 里奈（高知県 中土佐町） さん、見てください。"


class Story:
    """Tanaka reads 窓口DX, in which Miura has answered a question of theirs."""

    def __init__(self):
        self.tanaka, self.miura, self.oonishi = person("tanaka"), person("miura"), person("oonishi")
        self.channel = factories.channel("madoguchi-dx", self.tanaka, self.miura, self.oonishi)
        self.other = factories.channel("zatsudan", self.tanaka, self.miura, name="雑談", kind="casual")
        self.root = factories.post(self.tanaka, self.channel, "何を使っていますか？", title="予約システム")
        self.reply = factories.post(self.miura, self.channel, "自前です", root=self.root)
        self.call = factories.post(self.miura, self.channel, CALL)
        factories.react(self.tanaka, self.reply)
        run_jobs()
        self.client = Client()
        self.client.force_login(self.tanaka)
        self.session = self.client.session.session_key

    def call_tanaka(self) -> None:
        factories.post(self.miura, self.other, CALL)
        run_jobs()

    def rename(self) -> None:
        Member.objects.filter(pk=self.miura.pk).update(name="三浦 健太郎")
        tell_member_changed(Member.objects.get(pk=self.miura.pk))
        run_jobs()


DEEDS = {
    Kind.POST_PUBLISHED: lambda s: factories.post(s.miura, s.channel, "新しい話題です"),
    Kind.POST_EDITED: lambda s: edit_post(s.tanaka, s.root, text="予約は何で受けていますか？"),
    Kind.POST_REMOVED: lambda s: remove_post(s.miura, s.reply),
    Kind.POST_REACTED: lambda s: factories.react(s.miura, s.root),
    Kind.POST_REPLIED: lambda s: factories.post(s.miura, s.channel, "皆さんにも", s.root, in_channel=True),
    Kind.QUESTION_CHANGED: lambda s: accept_answer(s.tanaka, s.reply),
    Kind.POST_PINNED: lambda s: pin_post(s.oonishi, s.root),
    Kind.CHANNEL_CHANGED: lambda s: describe_channel(s.oonishi, s.channel, name="窓口の改善"),
    Kind.CHANNEL_RELOADED: lambda s: import_posts(s.channel, [OldPost(s.miura, "昔の話", s.root.posted_at)]),
    Kind.MEMBER_JOINED: lambda s: admit(person("ito"), s.channel),
    Kind.MEMBER_LEFT: lambda s: leave_channel(s.miura, s.channel),
    Kind.NOTIFIED: Story.call_tanaka,
    Kind.READ: lambda s: mark_read(s.tanaka, s.channel),
    Kind.MEMBERSHIP_CHANGED: lambda s: set_favourite(s.tanaka, s.other, on=True),
    Kind.REACTED: lambda s: factories.react(s.tanaka, s.call, "arigato"),
    Kind.SESSION_REVOKED: lambda s: s.client.post("/accounts/logout/"),
    Kind.CHANNELS_CHANGED: lambda s: archive_channel(s.oonishi, s.other),
    Kind.MEMBER_CHANGED: Story.rename,
    Kind.MEMBER_SUSPENDED: lambda s: members.suspend(s.oonishi, s.tanaka, reason="本人からの申し出"),
}
MORE = {
    "read everywhere": lambda s: read_all_channels(s.tanaka),
    "unread again": lambda s: (mark_read(s.tanaka, s.channel), unread_from(s.tanaka, s.call)),
    "inbox read": lambda s: mark_all(s.tanaka, upto=timezone.now()),
    "stamp taken off": lambda s: factories.reactions.react(s.tanaka, s.reply, stamp="onaji", on=False),
    "left by oneself": lambda s: leave_channel(s.tanaka, s.other),
}


@dataclass
class State:
    """What an open page of Tanaka shows, and what the hub knows of its connection."""

    posts: dict[int, tuple[int, str]]
    channels: list
    unread: dict[str, int]
    inbox: int
    mine: dict[int, set[str]]
    listeners: set[int]
    is_open: bool

    def shown(self) -> dict:
        """What is compared: a closed page shows nothing any more."""
        return vars(self) if self.is_open else {"is_open": False}


def fresh(story: Story) -> State:
    """The state of a page that is opened now."""
    ids = list(Post.objects.filter(channel=story.channel).values_list("pk", flat=True))
    sidebar = sidebar_of(story.tanaka)
    here = Membership.objects.current().filter(channel=story.channel)
    tanaka = Member.objects.get(pk=story.tanaka.pk)
    return State(
        posts={pk: (made.v, made.html) for pk, made in fragments.posts(ids).items()},
        channels=[(c.id, c.name, c.favourite, c.section) for c in sidebar.channels],
        unread={c.stream: c.unread for c in sidebar.channels},
        inbox=sidebar.inbox,
        mine={pk: set(codes) for pk, codes in viewer.reactions_of(tanaka, ids).items()},
        listeners=set(here.values_list("member", flat=True)),
        is_open=tanaka.is_active and story.client.get("/home/").status_code == 200,
    )


class Page:
    """A page that was opened at some moment and hears what came since."""

    def __init__(self, story: Story):
        self.story, self.state, self.kinds = story, fresh(story), set()
        self.cursors = {stream.label: stream.head for stream in self.streams()}

    def streams(self) -> list[LiveStream]:
        """Its own stream, the site's, and those of both channels."""
        channels = [self.story.channel.pk, self.story.other.pk]
        own = LiveStream.objects.filter(kind="u", ref_id=self.story.tanaka.pk)
        return list(own | LiveStream.objects.filter(kind="c", ref_id__in=channels) | site())

    def catch_up(self) -> None:
        """Hear everything, from the log; what cannot be replayed is fetched anew."""
        for stream in self.streams():
            after = self.cursors[stream.label]
            rows = history.rows([(stream.pk, stream.label, after, stream.head)], 200)
            self.kinds |= {row.kind for row in rows}
            batches = catchup.replay(stream.label, after, rows) if rows else []
            if batches is None:
                self.fetch()
            for text, _ in batches or ():
                for entry in json.loads(text)["e"]:
                    self.hear(stream.label, entry)
            for row in rows:
                self.of_hub(row)

    def fetch(self) -> None:
        """The page is loaded again, its counts come with it."""
        now = fresh(self.story)
        self.state.posts, self.state.unread = now.posts, now.unread

    def fetch_list(self) -> None:
        """The list of channels is drawn anew; the numbers of those that stay are kept."""
        now = fresh(self.story)
        self.state.channels = now.channels
        self.state.unread = now.unread | {k: n for k, n in self.state.unread.items() if k in now.unread}

    def hear(self, stream: str, entry: dict) -> None:
        """One entry of a b frame."""
        aux, name = entry.get("aux") or {}, entry["k"]
        if "html" in entry and stream == self.story.channel.stream:
            shown = self.state.posts.get(entry["id"], (0, ""))
            self.state.posts[entry["id"]] = max(shown, (entry["v"], entry["html"]))
        if name == "post.published" and ("root" not in aux or "in_channel" in aux):
            self.state.unread[stream] += 1
        if name in ("read", "notified"):
            self.state.inbox = aux.get("unread", self.state.inbox)
        if name == "read":
            self.read({aux["s"]: aux["read_posts"]} if "s" in aux else aux.get("read", {}))
        if name == "reacted":
            pressed = self.state.mine.setdefault(aux["post"], set())
            (pressed.add if aux["on"] else pressed.discard)(aux["stamp"])
        if name in ("membership.changed", "channels.changed"):
            self.fetch_list()
        if name == "channel.reloaded":
            self.fetch()
        self.state.mine = {pk: codes for pk, codes in self.state.mine.items() if codes}

    def read(self, positions: dict[str, int]) -> None:
        """Read positions, each with the number of posts of the channel's stream."""
        posts = {stream.label: stream.posts for stream in self.streams()}
        self.state.unread |= {label: max(0, posts[label] - read) for label, read in positions.items()}

    def of_hub(self, row) -> None:
        """What the hub does with connections."""
        if row.kind == Kind.MEMBER_JOINED and row.stream == self.story.channel.stream:
            self.state.listeners.add(row.obj_id)
        if row.kind == Kind.MEMBER_LEFT and row.stream == self.story.channel.stream:
            self.state.listeners.discard(row.obj_id)
        if row.obj_id != self.story.tanaka.pk:
            return
        ended = row.kind == Kind.SESSION_REVOKED
        if row.kind == Kind.MEMBER_SUSPENDED or (ended and row.aux["session"] == self.fingerprint):
            self.state.is_open = False

    @property
    def fingerprint(self) -> str:
        """What stands for the page's session in the log."""
        return session_fingerprint(self.story.session)


def site():
    """The stream that everybody hears."""
    return LiveStream.objects.filter(kind="s")


def test_no_kind_is_without_a_case():
    assert set(DEEDS) == set(Kind)


@pytest.mark.parametrize("deed", [*DEEDS.items(), *MORE.items()], ids=lambda case: str(case[0]))
def test_what_was_known_plus_what_is_told_is_what_is(deed):
    name, do = deed
    story = Story()
    page = Page(story)
    before = fresh(story)
    assert page.state == before
    do(story)
    run_jobs()
    page.catch_up()
    after = fresh(story)
    assert page.state.shown() == after.shown()
    assert after != before
    assert name not in list(Kind) or name in page.kinds
