"""What waits for a member on their home: rows of the inbox, questions, unsent texts, the first steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from accounts.models import Member
from channels_app import inbox_rows
from channels_app.models import Channel, Draft, Notification, Post, Question, Reaction, ScheduledPost

CALLS, ASKED = 4, 4
RECENT = timedelta(days=60)  # an older question waits on its board
NEW = timedelta(days=14)
ANSWERED_HERE = (Channel.Kind.TOPIC, Channel.Kind.REGIONAL, Channel.Kind.CASUAL)


@dataclass(frozen=True)
class Unsent:
    """How many texts a member has not sent, and when the first scheduled one is published."""

    drafts: int
    scheduled: int
    refused: int
    next_at: datetime | None

    def __bool__(self) -> bool:
        return bool(self.drafts or self.scheduled or self.refused)


@dataclass(frozen=True)
class Ladder:
    """The first steps: looking counts as done, pressing and writing once each."""

    pressed: bool
    wrote: bool


def calls_for(member: Member) -> list[inbox_rows.Row]:
    """The newest unread rows of the inbox; three queries, and one for stamps."""
    rows = Notification.objects.waiting_for(member).newest_first()
    return inbox_rows.rows_of(list(inbox_rows.joined(rows)[:CALLS]))


def questions_for(member: Member, channel_ids: list[int]) -> list[Question]:
    """Questions of others that nobody has answered, in these channels, the newest first; one query."""
    asked = Question.objects.visible_to(member).unanswered()
    here = asked.filter(channel__in=channel_ids, channel__kind__in=ANSWERED_HERE)
    recent = here.filter(post__posted_at__gte=timezone.now() - RECENT).exclude(post__author=member)
    joined = recent.select_related("channel", "post__author", "post__affiliation__organisation")
    return list(joined.order_by("-post")[:ASKED])


def unsent_by(member: Member) -> Unsent:
    """Drafts and scheduled posts; two queries."""
    waits = Q(post=None, refused_at=None, cancelled_at=None)
    refused = Q(post=None, refused_at__isnull=False, cancelled_at=None)
    counted = ScheduledPost.objects.visible_to(member).aggregate(
        scheduled=Count("pk", filter=waits),
        refused=Count("pk", filter=refused),
        next_at=Min("publish_at", filter=waits),
    )
    return Unsent(drafts=Draft.objects.visible_to(member).count(), **counted)


def ladder_of(member: Member) -> Ladder | None:
    """A newcomer's first steps; None, and no query, for everybody else. Gone once both were taken."""
    if member.ladder_closed_at or timezone.now() - member.joined_at >= NEW:
        return None
    mine = {"pressed": Reaction.objects, "wrote": Post.objects}
    done = {
        name: Exists(rows.filter(**{"member" if name == "pressed" else "author": OuterRef("pk")}))
        for name, rows in mine.items()
    }
    taken = Member.objects.filter(pk=member.pk).values(**done).get()
    return None if all(taken.values()) else Ladder(**taken)
