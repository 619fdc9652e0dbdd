"""The size of the real platform, for benchmarks: 14,700 members, 140 channels, 1,000,000 posts by COPY.

Figures of October 2025: 1,495 municipalities with about 12,500 members, 39 agencies with about 2,200, about
140 channels. Written below the actions on purpose: nobody is listening, and a million deeds would take hours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from accounts.actions import directory_rows
from accounts.conduct import CONDUCT_VERSION
from accounts.models import Affiliation, Agency, Member, Municipality
from channels_app.actions.activity import count_weeks
from channels_app.actions.channels import open_channel, recount
from channels_app.models import Channel, LiveStream, Membership, Post, Reaction
from channels_app.models.stamps import DOUBT, stamps

MUNICIPALITIES, AGENCIES = 1_495, 39
LOCAL_STAFF, STATE_STAFF = 12_500, 2_200
CHANNELS = 140
POSTS = 1_000_000
YEARS = timedelta(days=5 * 365)
REPLIES = (0, 0, 0, 0, 1, 1, 2, 3, 5, 8)  # one of these per thread: two posts a root on average
PRESSED = (0, 0, 0, 1, 2, 4)  # stamps per root
JOINED = 25  # channels per member
BEHIND = (0, 0, 0, 3)  # unread posts of a membership
POST_COLUMNS = (
    *("id", "channel_id", "author_id", "affiliation_id", "root_id", "cid", "n", "v"),
    *("text", "html", "posted_at", "in_channel", "reply_count", "last_reply_at"),
)


@dataclass(frozen=True)
class Author:
    """What a post needs to know of its author."""

    id: int
    affiliation: int
    organisation: int


def enlarge(posts: int = POSTS) -> dict[str, int]:
    """Add people, channels, posts, stamps and memberships around the demo community; about two minutes.

    `posts` is the number of posts to add. One transaction per table. Returns counts by noun.
    """
    chance = Random(1788)  # noqa: S311  (the same site every time)
    authors = add_members(chance)
    channels = add_channels()
    add_posts(chance, authors, channels, posts)
    add_memberships(chance, authors, channels)
    for channel in channels:
        recount(channel)
    count_weeks()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves a site that grew in years
    return {"会員": Member.objects.count(), "チャンネル": len(channels), "投稿": Post.objects.count()}


def copy(model, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """COPY rows into a model's table and set its id sequence behind them.

    `rows` must ask the database nothing: the connection is busy receiving them.
    """
    table = model._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
            for row in rows:
                stream.write_row(row)
        cursor.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
        )


def next_id(model) -> int:
    """The first unused id of a table."""
    last = model.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (last or 0) + 1


def add_members(chance: Random) -> list[Author]:
    """Members spread over the municipalities and agencies that take part; returns all as authors."""
    towns = chance.sample(list(Municipality.objects.values_list("pk", flat=True)), MUNICIPALITIES)
    agencies = chance.sample(list(Agency.objects.values_list("pk", flat=True)), AGENCIES)
    homes = towns + chance.choices(towns, k=LOCAL_STAFF - len(towns))
    homes += agencies + chance.choices(agencies, k=STATE_STAFF - len(agencies))
    member, affiliation = next_id(Member), next_id(Affiliation)
    made = [Author(member + i, affiliation + i, home) for i, home in enumerate(homes)]
    now = timezone.now()
    copy(Member, MEMBER_COLUMNS, (_member_row(a.id, now) for a in made))
    copy(
        Affiliation,
        ("id", "member_id", "organisation_id", "section", "title", "email", "verified_at", "valid_from"),
        (
            (a.affiliation, a.id, a.organisation, SECTIONS[a.id % 7], "", _address(a.id), now, now.date())
            for a in made
        ),
    )
    copy(LiveStream, ("kind", "ref_id", "head", "floor", "posts"), (("u", a.id, 0, 0, 0) for a in made))
    directory_rows.refresh_all()
    return made


FAMILY = [("佐藤", "さとう"), ("鈴木", "すずき"), ("高橋", "たかはし"), ("渡辺", "わたなべ")]
GIVEN = [("誠", "まこと"), ("恵", "めぐみ"), ("亮", "りょう"), ("彩", "あや"), ("美穂", "みほ")]

SECTIONS = ("総務課", "税務課", "市民課", "福祉課", "情報政策課", "企画課", "建設課")
EXPERTISE = ("戸籍の振り仮名", "標準化の移行", "RPA", "おくやみ窓口", "選挙事務", "ガバメントクラウド")

MEMBER_COLUMNS = (
    *("id", "password", "email", "name", "kana", "role", "introduction", "helps_with", "picture"),
    *("conduct_version", "joined_at"),
)


def _member_row(number: int, now: datetime) -> tuple:
    """A row of MEMBER_COLUMNS."""
    names, knows = _name(number), _expertise(number)
    return (number, "!", _address(number), *names, "member", "", knows, "", CONDUCT_VERSION, now)


def _address(number: int) -> str:
    return f"staff{number}@example.lg.jp"


def _expertise(number: int) -> str:
    """Two words for every third member."""
    return "、".join((EXPERTISE[number % 6], EXPERTISE[number % 5])) if number % 3 == 0 else ""


def _name(number: int) -> tuple[str, str]:
    family, given = FAMILY[number % 4], GIVEN[number % 5]
    return f"{family[0]} {given[0]}", f"{family[1]} {given[1]}"


def add_channels() -> list[Channel]:
    """Bring the number of channels to that of the real platform."""
    for number in range(Channel.objects.count() + 1, CHANNELS + 1):
        open_channel(
            None, slug=f"topic-{number}", name=f"テーマ{number}", kind=Channel.Kind.TOPIC, category="分野別"
        )
    return list(Channel.objects.exclude(kind__in=Channel.CLOSED_KINDS).order_by("pk"))


@dataclass
class Counter:
    """How far one channel's numbers have come."""

    head: int
    posts: int


def add_posts(chance: Random, authors: Sequence[Author], channels: Sequence[Channel], count: int) -> None:
    """Threads over five years, a few channels much busier than the rest; stamps on the roots."""
    wordings = list(Post.objects.values_list("text", "html"))
    streams = {s.ref_id: s for s in LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL)}
    counters = {c.pk: Counter(streams[c.pk].head, streams[c.pk].posts) for c in channels}
    rows = _threads(
        chance, authors, channels, range(next_id(Post), next_id(Post) + count), wordings, counters
    )
    pressed: list[tuple[int, Author]] = []
    copy(Post, POST_COLUMNS, _noting_roots(rows, pressed, chance, authors))
    copy(
        Reaction,
        ("post_id", "member_id", "organisation_id", "stamp", "reacted_at"),
        _reactions(pressed, chance),
    )
    for channel in channels:
        counter = counters[channel.pk]
        LiveStream.objects.filter(pk=streams[channel.pk].pk).update(
            head=counter.head, floor=counter.head, posts=counter.posts
        )
        Channel.objects.filter(pk=channel.pk).update(last_post_at=timezone.now())


def _threads(chance, authors, channels, ids: range, wordings, counters) -> Iterator[tuple]:
    """Rows of posts in the order of time: each root, then its replies. Asks the database nothing."""
    weights = [1 / rank for rank in range(1, len(channels) + 1)]
    begin, post_id, end = timezone.now() - YEARS, ids.start, ids.stop
    while post_id < end:
        at = begin + YEARS * ((post_id - ids.start) / len(ids))
        channel = chance.choices(channels, weights)[0].pk
        replies = min(chance.choice(REPLIES), end - post_id - 1)
        root = post_id
        yield _post(chance, authors, wordings, counters[channel], channel, root, None, at, replies)
        for number in range(1, replies + 1):
            later = at + timedelta(minutes=17 * number)
            yield _post(chance, authors, wordings, counters[channel], channel, root + number, root, later, 0)
        post_id += 1 + replies


def _post(chance, authors, wordings, counter, channel, post_id, root, at: datetime, replies: int) -> tuple:
    counter.head += 1
    counter.posts += root is None
    author = chance.choice(authors)
    text, html = chance.choice(wordings)
    last = at + timedelta(minutes=17 * replies) if replies else None
    cid = UUID(int=chance.getrandbits(128), version=4)
    return (
        *(post_id, channel, author.id, author.affiliation, root, cid, counter.head, 1),
        *(text, html, at, root is None, replies, last),
    )


def _noting_roots(rows, pressed, chance, authors) -> Iterator[tuple]:
    """Pass rows through, remembering who presses a stamp on which root."""
    for row in rows:
        if row[4] is None:
            pressed += [(row[0], author) for author in chance.sample(authors, chance.choice(PRESSED))]
        yield row


def _reactions(pressed, chance) -> Iterator[tuple]:
    codes, now = [code for code in stamps() if code != DOUBT], timezone.now()
    for post_id, author in pressed:
        yield (post_id, author.id, author.organisation, chance.choice(codes), now)


def add_memberships(chance: Random, authors: Sequence[Author], channels: Sequence[Channel]) -> None:
    """Everybody in about 25 channels, level in most of them, some posts behind in a few."""
    now = timezone.now()
    streams = {s.ref_id: s for s in LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL)}
    copy(
        Membership,
        ("channel_id", "member_id", "role", "joined_at", "joined_n", "last_read_n", "read_posts"),
        (
            (
                channel.pk,
                a.id,
                "member",
                now,
                0,
                stream.head,
                max(0, stream.posts - chance.choice((0, 0, 0, 3))),
            )
            for a in authors
            for channel in chance.sample(channels, JOINED)
            for stream in (streams[channel.pk],)
        ),
    )
