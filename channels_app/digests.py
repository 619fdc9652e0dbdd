"""The digest mail: what is new for one member, in lines of at most 40 characters, what calls them first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Member
from channels_app import inbox_rows, stays
from channels_app.inbox_rows import Row
from channels_app.models import LiveStream, Membership, Notification, Question
from kyoso.lib.mail import wrapped

Kind = Notification.Kind
WIDTH = 38  # characters of a line behind its indent; terminals and gateways break at 45
INDENT = "  "
CALLS, ANSWERS, STAMPS, QUESTIONS, CHANNELS = 3, 3, 2, 3, 6  # at most so many of each: some 60 lines in all
FIRST = {Member.Digest.DAILY: timedelta(days=1), Member.Digest.WEEKLY: timedelta(days=7)}
REPLIES = (Kind.REPLY, Kind.ANSWER, Kind.DOUBT)


@dataclass(frozen=True)
class Part:
    """One heading with its lines."""

    heading: str
    lines: list[str]


@dataclass(frozen=True)
class Digest:
    """What one mail says: its parts in order, how often the member is called, and how much is unread."""

    since: datetime
    parts: list[Part]
    calls: int
    unread: int


def since(member: Member, now: datetime) -> datetime:
    """From when on things are new to a member: their last digest, or one period ago."""
    return member.digest_sent_at or now - FIRST[Member.Digest(member.digest)]


def waiting(member: Member) -> Any:
    """Rows of the inbox that are unread and were in no digest yet."""
    return Notification.objects.waiting_for(member).filter(mailed_at=None)


def of(member: Member, now: datetime) -> Digest | None:
    """The digest of a member at a moment, or None when nothing is new. Nine queries, whatever the number."""
    start = since(member, now)
    counts = _counts(member)
    channels = _channels(member, start)
    questions, asked = _questions(member, start)
    rows = _rows(member)
    parts = [
        _part("あなたへの呼びかけ", counts["calls"], _told(rows, (Kind.MENTION,), CALLS, 2)),
        _part("返信と回答", counts["replies"], _told(rows, REPLIES, ANSWERS, 1)),
        _part("あなたの投稿へのスタンプ", counts["stamps"], _told(rows, (Kind.STAMP,), STAMPS, 1)),
        _part("答えを待っている質問", asked, map(_question, questions)),
        _part("チャンネルの未読", sum(number for _, number in channels), [_unread(channels)]),
    ]
    told = [part for part in parts if part]
    return Digest(start, told, counts["calls"], sum(number for _, number in channels)) if told else None


def _part(heading: str, number: int, entries: Iterable[Sequence[str]]) -> Part | None:
    return Part(f"{heading}（{number}件）", [line for entry in entries for line in entry]) if number else None


def _counts(member: Member) -> dict[str, int]:
    return waiting(member).aggregate(
        calls=Count("pk", filter=Q(kind=Kind.MENTION)),
        replies=Count("pk", filter=Q(kind__in=REPLIES)),
        stamps=Count("pk", filter=Q(kind=Kind.STAMP)),
    )


def _rows(member: Member) -> list[Row]:
    """The newest rows of each kind, as many as are printed at most."""
    kinds = ((Kind.MENTION,), CALLS), (REPLIES, ANSWERS), ((Kind.STAMP,), STAMPS)
    chosen = [
        waiting(member).filter(kind__in=kind).newest_first().values_list("pk")[:number]
        for kind, number in kinds
    ]
    ids = chosen[0].union(*chosen[1:], all=True)
    joined: Any = inbox_rows.joined(Notification.objects.filter(pk__in=[pk for (pk,) in ids]))
    return inbox_rows.rows_of(joined.newest_first())


def _told(rows: list[Row], kinds: Sequence[str], most: int, lines: int) -> Iterable[list[str]]:
    """The entries of some kinds: who, where and when, and the first `lines` lines of the words."""
    chosen = [row for row in rows if row.notification.kind in kinds][:most]
    return [[*_who(row), f"{INDENT}{_where(row)}", *_words(row.text, lines)] for row in chosen]


def _who(row: Row) -> list[str]:
    one = row.notification
    others = f"さんほか{one.others}人" if one.others else "さん"
    name = f"{one.actor.name}（{row.organisation}）" if row.organisation else one.actor.name
    said: dict[str, str] = {
        Kind.ANSWER: "さんが回答に選びました",
        Kind.DOUBT: "さんから「違うかも」の理由",
        Kind.STAMP: f"{others}が「{row.stamp.name if row.stamp else 'スタンプ'}」",
    }
    first, *more = wrapped(f"{name}{said.get(one.kind, 'さん')}", WIDTH)
    return [f"・{first}", *(INDENT + line for line in more)]


def _where(row: Row) -> str:
    channel = row.notification.post.channel
    name = "ダイレクト" if channel.kind == channel.Kind.DIRECT else channel.name
    at = timezone.localtime(row.notification.happened_at)
    return f"{name[:20]}・{date_format(at, 'n月j日 G時i分')}"


def _words(text: str, lines: int) -> list[str]:
    found = wrapped(text, WIDTH)
    cut = found[:lines] if len(found) <= lines else [*found[: lines - 1], found[lines - 1][: WIDTH - 1] + "…"]
    return [INDENT + line for line in cut]


def _questions(member: Member, start: datetime) -> tuple[list[Question], int]:
    """The newest questions of the member's channels that nobody answered, and their number; two queries."""
    inside = Membership.objects.current().filter(member=member, muted_at=None).values("channel")
    asked = Question.objects.visible_to(member).unanswered().exclude(post__author=member)
    found = asked.filter(channel__in=inside, channel__archived_at=None, post__posted_at__gte=start)
    joined = found.select_related("channel", "post__author", "post__affiliation__organisation")
    return list(joined.order_by("-post__posted_at", "-pk")[:QUESTIONS]), found.count()


def _question(question: Question) -> list[str]:
    post = question.post
    first, *more = wrapped(question.title, WIDTH)
    who = wrapped(f"{question.channel.name}・{post.author.name}（{post.affiliation_label}）さん", WIDTH)
    return [f"・{first}", *(INDENT + line for line in (*more, *who))]


def _channels(member: Member, start: datetime) -> list[tuple[str, int]]:
    """Name and unread number of the channels in which something was said since, the busiest first."""
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("channel_id"))
    unread = (
        Membership.objects.current()
        .filter(member=member, muted_at=None, channel__archived_at=None, channel__last_post_at__gte=start)
        .annotate(name=stays.shown_name(member.pk, "channel__"), posts=Subquery(stream.values("posts")[:1]))
        .filter(posts__gt=F("read_posts"))
        .annotate(number=F("posts") - F("read_posts"))
    )
    return list(unread.order_by("-number", "channel__name").values_list("name", "number"))


def _unread(channels: list[tuple[str, int]]) -> list[str]:
    named = "、".join(f"{name[:20]} {number}件" for name, number in channels[:CHANNELS])
    more = len(channels) - CHANNELS
    return wrapped(f"{named}、ほか{more}チャンネル" if more > 0 else named, WIDTH)
