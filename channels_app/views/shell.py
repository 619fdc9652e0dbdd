"""The frame around every page: the list of one's channels with their unread numbers."""

from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject
from django.utils.html import escape

from accounts.models import Member
from channels_app import stays
from channels_app.models import Channel, LiveMeta, LiveStream, Membership, Notification
from kyoso.lib.kept import Kept

FAVOURITES = "お気に入り"
KEPT = 10_000  # rows of about 0.7 KB: at most 7 MB a process
SECTIONS = (
    ("国・事務局から", (Channel.Kind.ANNOUNCEMENT,)),
    ("参加チャンネル（テーマ）", (Channel.Kind.TOPIC,)),
    ("地域", (Channel.Kind.REGIONAL,)),
    ("交流", (Channel.Kind.CASUAL, Channel.Kind.PRACTICE)),
    ("非公開", (Channel.Kind.PRIVATE,)),
    ("ダイレクト", (Channel.Kind.DIRECT,)),
)


@dataclass(frozen=True)
class SidebarChannel:
    """One row of the list. Where it stands in it is not part of how it looks."""

    id: int
    slug: str
    name: str
    kind: str
    posts: int
    read_posts: int
    muted: bool = False
    favourite: bool = field(default=False, compare=False)
    section: str | None = field(default=None, compare=False)
    place: tuple = field(default=(), compare=False)  # (position, id) of the section

    @property
    def stream(self) -> str:
        """The channel's live stream on the wire."""
        return f"{LiveStream.Kind.CHANNEL}{self.id}"

    @property
    def unread(self) -> int:
        """Channel-visible posts since the member last read; a muted channel never has any."""
        return 0 if self.muted else max(0, self.posts - self.read_posts)

    @property
    def html(self) -> str:
        """The row; the same bytes for everybody with the same unread number."""
        return _row(self, is_current=False)

    @property
    def html_current(self) -> str:
        """The row on the channel's own page."""
        return _row(self, is_current=True)


@lru_cache(maxsize=KEPT)
def _row(channel: SidebarChannel, *, is_current: bool) -> str:
    return get_template("shell/_channel.html").render({"channel": channel, "is_current": is_current}).strip()


@dataclass(frozen=True)
class Sidebar:
    """A member's list of channels, in sections; sections without channels are left out."""

    member: object
    channels: tuple[SidebarChannel, ...]

    current: str = ""  # the slug of the channel whose page this is
    inbox: int = 0  # rows of the inbox that wait to be read
    head: int = 0  # of the member's own stream at the moment of these numbers
    epoch: str = ""

    @property
    def html(self) -> str:
        """All sections; the rows are kept, so a page only joins them."""
        return "".join(
            f'<h2 class="ky-list__head">{escape(section["label"])}</h2>\n'
            f'<ul class="ky-list__group">\n{rows}\n</ul>\n'
            for section in self.sections
            for rows in ("\n".join(f"<li>{self._row(channel)}</li>" for channel in section["channels"]),)
        )

    def _row(self, channel: SidebarChannel) -> str:
        return channel.html_current if channel.slug == self.current else channel.html

    @property
    def sections(self) -> list[dict]:
        """[{label, channels}]: favourites, own headings in their order, then the kinds; channels by name."""
        favourites = [channel for channel in self.channels if channel.favourite]
        placed = [channel for channel in self.channels if channel.section and not channel.favourite]
        others = [channel for channel in self.channels if not (channel.favourite or channel.section)]
        rows: list[tuple[str, list[SidebarChannel]]] = [(FAVOURITES, favourites)]
        rows += [
            (name, [channel for channel in placed if channel.place == place])
            for place, name in sorted({(channel.place, str(channel.section)) for channel in placed})
        ]
        rows += [(label, [c for c in others if c.kind in kinds]) for label, kinds in SECTIONS]
        return [{"label": label, "channels": channels} for label, channels in rows if channels]

    @property
    def unread(self) -> int:
        """The sum for the window's title."""
        return self.inbox + sum(channel.unread for channel in self.channels)


def sidebar_of(member, current: str = "") -> Sidebar:
    """A member's list: one query whatever the number of posts; one more for somebody who is in no channel."""
    rows = OWN.rows(member=member.pk)
    inbox, head, epoch = rows[0][-3:] if rows else ALONE.rows(member=member.pk)[0]
    return Sidebar(member, _channels(rows), current, inbox, head, str(epoch or ""))


def channels_of(member) -> tuple[SidebarChannel, ...]:
    """The member's channels with both counts."""
    return _channels(OWN.rows(member=member.pk))


def _channels(rows: list[tuple]) -> tuple[SidebarChannel, ...]:
    return tuple(SidebarChannel(*row[:9], row[9:11]) for row in rows)  # type: ignore[call-arg]


def _own(member: int) -> QuerySet:
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("channel_id"))
    facts = ("channel_id", "channel__slug", "shown_name", "channel__kind", "posts", "read_posts")
    own = ("muted", "favourite", "section__name", "section__position", "section_id")
    return (
        Membership.objects.current()
        .filter(member=member, channel__archived_at=None)
        .annotate(
            posts=Subquery(stream.values("posts")[:1]),
            shown_name=stays.shown_name(member, "channel__"),
            muted=Q(muted_at__isnull=False),
            favourite=Q(favourite_at__isnull=False),
        )
        .annotate(**_numbers(member))
        .order_by("channel__name")
        .values_list(*facts, *own, *_numbers(member))
    )


def _alone(member: int) -> QuerySet:
    return Member.objects.filter(pk=member).annotate(**_numbers(member)).values_list(*_numbers(member))


def _numbers(member: int) -> dict:
    """What waits in the inbox, and the member's own head and the history's name of the same moment."""
    reader = Member.from_db(None, ["id", "is_active"], [member, True])
    waiting = Notification.objects.waiting_for(reader).counted()
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.MEMBER, ref_id=member)
    return {
        "inbox": Coalesce(Subquery(waiting), 0),
        "own_head": Coalesce(Subquery(stream.values("head")[:1]), 0),
        "epoch": Subquery(LiveMeta.objects.values("epoch")[:1]),
    }


OWN = Kept(_own, member=int)
ALONE = Kept(_alone, member=int)


def sidebar(request) -> dict:
    """Context processor: `sidebar`, evaluated only by pages that draw it, and their `build`."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    place = request.resolver_match.kwargs.get("slug", "") if request.resolver_match else ""
    lazy = SimpleLazyObject(lambda: sidebar_of(request.user, place))
    return {"sidebar": lazy, "build": settings.BUILD}
