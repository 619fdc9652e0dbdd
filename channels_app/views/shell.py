"""The frame around every page: the list of one's channels with their unread numbers."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.template.loader import get_template
from django.utils.functional import SimpleLazyObject

from channels_app.models import Channel, LiveStream, Membership
from kyoso.lib.kept import Kept

KEPT = 10_000  # rows of about 0.7 KB: at most 7 MB a process
SECTIONS = (
    ("お知らせ", (Channel.Kind.ANNOUNCEMENT,)),
    ("参加チャンネル（テーマ）", (Channel.Kind.TOPIC,)),
    ("地域", (Channel.Kind.REGIONAL,)),
    ("交流", (Channel.Kind.CASUAL, Channel.Kind.PRACTICE)),
    ("非公開", (Channel.Kind.PRIVATE,)),
    ("ダイレクト", (Channel.Kind.DIRECT,)),
)


@dataclass(frozen=True)
class SidebarChannel:
    """One row of the list."""

    id: int
    slug: str
    name: str
    kind: str
    posts: int
    read_posts: int

    @property
    def stream(self) -> str:
        """The channel's live stream on the wire."""
        return f"{LiveStream.Kind.CHANNEL}{self.id}"

    @property
    def unread(self) -> int:
        """Channel-visible posts since the member last read."""
        return max(0, self.posts - self.read_posts)

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

    @property
    def html(self) -> str:
        """All sections; the rows are kept, so a page only joins them."""
        return "".join(
            f'<h2 class="ky-list__head">{section["label"]}</h2>\n<ul class="ky-list__group">\n{rows}\n</ul>\n'
            for section in self.sections
            for rows in ("\n".join(f"<li>{self._row(channel)}</li>" for channel in section["channels"]),)
        )

    def _row(self, channel: SidebarChannel) -> str:
        return channel.html_current if channel.slug == self.current else channel.html

    @property
    def sections(self) -> list[dict]:
        """[{label, channels}] in the fixed order of kinds, channels by name."""
        rows = [
            {"label": label, "channels": [c for c in self.channels if c.kind in kinds]}
            for label, kinds in SECTIONS
        ]
        return [row for row in rows if row["channels"]]

    @property
    def unread(self) -> int:
        """The sum for the window's title."""
        return sum(channel.unread for channel in self.channels)


def channels_of(member) -> tuple[SidebarChannel, ...]:
    """The member's channels with both counts: one query whatever the number of posts."""
    return tuple(SidebarChannel(*row) for row in OWN.rows(member=member.pk))


def _own(member: int) -> QuerySet:
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("channel_id"))
    return (
        Membership.objects.current()
        .filter(member=member, channel__archived_at=None)
        .annotate(posts=Subquery(stream.values("posts")[:1]))
        .order_by("channel__name")
        .values_list(
            "channel_id", "channel__slug", "channel__name", "channel__kind", "posts", F("read_posts")
        )
    )


OWN = Kept(_own, member=int)


def sidebar(request) -> dict:
    """Context processor: `sidebar`, evaluated only by pages that draw it, and their `build`."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    place = request.resolver_match.kwargs.get("slug", "") if request.resolver_match else ""
    lazy = SimpleLazyObject(lambda: Sidebar(request.user, channels_of(request.user), place))
    return {"sidebar": lazy, "build": settings.BUILD}
