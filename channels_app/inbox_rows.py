"""The rows of the inbox as they are shown: what happened, who did it, where, when, in which words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Member
from channels_app.models import Notification
from channels_app.models.stamps import Stamp, stamps_by_code

Kind = Notification.Kind
SIZE = 30  # rows of a page
LENGTH = 120  # characters of the words
# The value in the address: (label, which rows).
TABS: dict[str, tuple[str, Q]] = {
    "": ("すべて", Q()),
    "calls": ("呼びかけ", Q(kind=Kind.MENTION)),
    "replies": ("返信", Q(kind__in=(Kind.REPLY, Kind.ANSWER))),
    "stamps": ("スタンプ", Q(kind__in=(Kind.STAMP, Kind.DOUBT))),
    "unread": ("未読", Q(read_at=None)),
}


@dataclass(frozen=True)
class Row:
    """One notification with the stamp it is about, if any."""

    notification: Notification
    stamp: Stamp | None

    @property
    def organisation(self) -> str:
        """団体・部課 of the one who acted: of the post's day for its author, otherwise of today."""
        post, actor = self.notification.post, self.notification.actor
        if post.author_id == actor.pk:
            return post.affiliation_label
        return actor.affiliation.label if actor.affiliation else ""

    @property
    def text(self) -> str:
        """The words: the private reason of a doubt, otherwise the beginning of the post."""
        return self.notification.note or self.notification.post.excerpt(LENGTH)

    @property
    def day(self) -> date:
        """Its day in Japan."""
        return timezone.localdate(self.notification.happened_at)


@dataclass(frozen=True)
class Page:
    """Rows by day, newest first, and the id behind which older ones follow."""

    days: list[tuple[str, date, list[Row]]]
    older: int | None

    @property
    def newest(self) -> str:
        """The moment of the first row: what 「すべて既読にする」 covers."""
        return self.days[0][2][0].notification.happened_at.isoformat() if self.days else ""


def page_of(member, tab: str, before: int | None) -> Page:
    """A page of one tab, from the row behind `before` on; the same number of queries for 1 and 30 rows.

    Raises Notification.DoesNotExist when `before` is not a row of the member.
    """
    rows = Notification.objects.visible_to(member)
    older = _older_than(rows.get(pk=before)) if before else Q()
    found = list(joined(rows.filter(TABS[tab][1], older).newest_first())[: SIZE + 1])
    shown = found[:SIZE]
    return Page(_by_day(rows_of(shown)), shown[-1].pk if len(found) > SIZE else None)


def rows_of(notifications: Sequence[Notification]) -> list[Row]:
    """Rows of notifications that were joined with everything they print; one query for their stamps."""
    known = stamps_by_code({one.stamp for one in notifications if one.stamp})
    return [Row(one, known.get(one.stamp)) for one in notifications]


def joined(rows: QuerySet) -> QuerySet:
    """With everything that a row prints; two queries more."""
    people = Prefetch("actor", Member.objects.with_affiliations())
    return rows.select_related("post__channel", "post__affiliation__organisation").prefetch_related(people)


def _older_than(row: Notification) -> Q:
    return Q(happened_at__lt=row.happened_at) | Q(happened_at=row.happened_at, pk__lt=row.pk)


def _by_day(rows: Sequence[Row]) -> list[tuple[str, date, list[Row]]]:
    days: dict[date, list[Row]] = {}
    for row in rows:
        days.setdefault(row.day, []).append(row)
    return [(_word(day), day, same) for day, same in days.items()]


def _word(day: date) -> str:
    today = timezone.localdate()
    return {today: "今日", today - timedelta(days=1): "昨日"}.get(day, "")


def tabs_of(member, current: str) -> list[dict]:
    """The tabs as links, each with how many unread rows it holds; one query."""
    waiting = Notification.objects.waiting_for(member)
    counts = {value: Count("pk", filter=which) for value, (_, which) in TABS.items() if value}
    unread = waiting.aggregate(**counts) | {"": 0}
    return [
        {"value": value, "label": label, "unread": unread[value], "is_current": value == current}
        for value, (label, _) in TABS.items()
    ]
