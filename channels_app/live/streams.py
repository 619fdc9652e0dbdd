"""Who may hear what: computed on the server from session and memberships, never named by the client."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.contrib import auth
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from channels_app.models import Channel, LiveStream, Membership
from kyoso.lib.kept import Kept

SITE = LiveStream.Kind.SITE.value
LOG_IN_AGAIN, REVOKED = 4401, 4403


class Refusal(Exception):
    """The session lets nobody in (4401), or its member may not be here any more (4403)."""

    def __init__(self, code: int):
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reach:
    """What one member may hear at one moment.

    `focus`: of the channels asked for, those they may look at, each with the number after which they may hear
    it (joined_n of the present stay in a closed channel, otherwise 0). `counts`: [posts, read_posts] of every
    channel they are in.
    """

    member_id: int
    focus: dict[str, int]
    counts: dict[str, list[int]]

    @property
    def own(self) -> tuple[str, str]:
        """The streams every connection of the member hears."""
        return f"{LiveStream.Kind.MEMBER}{self.member_id}", SITE


def member_of(session_key: str):
    """The member of a session. Raises Refusal when it has ended or they may not come in."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    if auth.SESSION_KEY not in request.session:
        raise Refusal(LOG_IN_AGAIN)
    member = auth.get_user(request)
    if not member.is_authenticated:
        raise Refusal(REVOKED)
    return member


def reach(session_key: str, focus: Iterable[str]) -> Reach:
    """Look up session, account, memberships and the wished channels (4 queries). Raises Refusal."""
    member = member_of(session_key)
    stays = _stays(member)
    wished = [int(label[1:]) for label in focus if is_channel(label)]
    seen = Channel.objects.visible_to(member).filter(pk__in=wished) if wished else ()
    granted = {
        channel.stream: stays[channel.pk][0] if channel.is_closed and channel.pk in stays else 0
        for channel in seen
        if not channel.is_closed or channel.pk in stays
    }
    counts = {f"{LiveStream.Kind.CHANNEL}{pk}": [posts, read] for pk, (_, posts, read) in stays.items()}
    return Reach(member.pk, granted, counts)


def is_channel(label: str) -> bool:
    """Whether a client's word has the form of a channel's stream: c and a number of at most 18 digits."""
    digits = label[1:]
    return (
        label[:1] == LiveStream.Kind.CHANNEL and digits.isascii() and digits.isdigit() and len(digits) <= 18
    )


def _stays(member) -> dict[int, tuple[int, int, int]]:
    """(joined_n, posts, read_posts) of the member's present channels."""
    rows = STAYS.rows(member=member.pk)
    return {channel_id: (joined_n, posts, read) for channel_id, joined_n, posts, read in rows}


def _present(member: int) -> QuerySet:
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("channel_id"))
    return (
        Membership.objects.current()
        .filter(member=member, channel__archived_at=None)
        .annotate(posts=Subquery(stream.values("posts")[:1]))
        .values_list("channel_id", "joined_n", "posts", "read_posts")
    )


# Thousands say hello at once after a restart, and building this query costs more than running it.
STAYS = Kept(_present, member=int)
