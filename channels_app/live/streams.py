"""Who may hear what: computed on the server from session and memberships, never named by the client."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import sessions
from accounts.models import Member
from accounts.second_factor import lacks_demanded_factor
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
    channel they are in. `ends_at`: when the session ends unless it is used, in seconds since 1970.
    """

    member_id: int
    focus: dict[str, int]
    counts: dict[str, list[int]]
    ends_at: int | None = None

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


class Holder(NamedTuple):
    """Whose a session is, and when it ends unless it is used (seconds since 1970; None: no clock runs)."""

    member_id: int
    ends_at: int | None


def holder_of(session_key: str) -> Holder:
    """The holder of a session (2 queries). Raises Refusal like `member_of`, and 4403 without the second
    factor that the site demands of all (one query more).

    A session and an account that are plainly in order need no more than their two rows; in every other case
    Django decides (an older SECRET_KEY, an ended session, a stopped account).
    """
    rows = SESSIONS.rows(key=session_key)
    said = import_module(settings.SESSION_ENGINE).SessionStore().decode(rows[0][0]) if rows else {}
    member_id = _plain_holder(said) or member_of(session_key).pk
    if lacks_demanded_factor(member_id):
        raise Refusal(REVOKED)
    return Holder(member_id, sessions.ends_at(said))


def _plain_holder(said: dict) -> int | None:
    """The member whose active account a session's content fits at first sight."""
    if said.get(auth.BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    member_id = int(said[auth.SESSION_KEY])
    for password, is_active in ACCOUNTS.rows(member=member_id):
        if is_active and _is_of(said.get(auth.HASH_SESSION_KEY, ""), password):
            return member_id
    return None


def _is_of(session_hash: str, password: str) -> bool:
    """Whether the session was begun with the account's present password."""
    return constant_time_compare(session_hash, Member(password=password).get_session_auth_hash())


def reach(session_key: str, focus: Iterable[str]) -> Reach:
    """Look up session, account, memberships and, if not among them, the wished channels. Raises Refusal.

    3 queries; 5 when somebody looks at a channel that they are not in.
    """
    member_id, ends_at = holder_of(session_key)
    stays = _stays(member_id)
    wished = {int(label[1:]) for label in focus if is_channel(label)}
    granted = {
        f"{LiveStream.Kind.CHANNEL}{pk}": stays[pk].joined_n if stays[pk].closed else 0
        for pk in wished & stays.keys()
    } | dict.fromkeys(_open_to(member_id, wished - stays.keys()), 0)
    counts = {f"{LiveStream.Kind.CHANNEL}{pk}": [stay.posts, stay.read] for pk, stay in stays.items()}
    return Reach(member_id, granted, counts, ends_at)


def _open_to(member_id: int, wished: set[int]) -> list[str]:
    """The streams of those channels that one may look at without being in them now."""
    if not wished:
        return []
    seen = Channel.objects.visible_to(Member.objects.get(pk=member_id)).filter(pk__in=wished)
    return [channel.stream for channel in seen if not channel.is_closed]


def is_channel(label: str) -> bool:
    """Whether a client's word has the form of a channel's stream: c and a number of at most 18 digits."""
    digits = label[1:]
    return (
        label[:1] == LiveStream.Kind.CHANNEL and digits.isascii() and digits.isdigit() and len(digits) <= 18
    )


class Stay(NamedTuple):
    """A member's place in one channel: from which number on, the two counts, and whether it is closed."""

    joined_n: int
    posts: int
    read: int
    closed: bool


def _stays(member_id: int) -> dict[int, Stay]:
    """The member's present channels, by id."""
    rows = STAYS.rows(member=member_id)
    return {
        channel_id: Stay(joined_n, posts, read, kind in Channel.CLOSED_KINDS)
        for channel_id, joined_n, posts, read, kind in rows
    }


def _present(member: int) -> QuerySet:
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("channel_id"))
    return (
        Membership.objects.current()
        .filter(member=member, channel__archived_at=None)
        .annotate(posts=Subquery(stream.values("posts")[:1]))
        .values_list("channel_id", "joined_n", "posts", "read_posts", "channel__kind")
    )


def _unexpired(key: str) -> QuerySet:
    return Session.objects.filter(session_key=key, expire_date__gt=Now()).values_list("session_data")


def _account(member: int) -> QuerySet:
    return Member.objects.filter(pk=member).values_list("password", "is_active")


# Thousands say hello at once after a restart, and building these queries costs more than running them.
STAYS = Kept(_present, member=int)
SESSIONS = Kept(_unexpired, key=str)
ACCOUNTS = Kept(_account, member=int)
