"""The directory of channels: its rows, what is asked of them, and their order. Two queries in all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from django.db.models import Subquery
from django.template.loader import get_template

from channels_app import stays
from channels_app.models import Activity, Channel, Membership
from channels_app.models.activity import weeks
from channels_app.models.channels import home_of
from kyoso.lib.japanese import folded

OTHERS = "そのほか"
HOME = "あなたの地域・区分"
KEPT = 4_000  # rows of about 2 KB: at most 8 MB a process
WIDTH, HEIGHT, FOOT = 111, 27, 2  # of a sparkline, in its own units


class Face(NamedTuple):
    """Everything a row prints, so that the same row is drawn once per process."""

    pk: int
    slug: str
    name: str
    purpose: str
    kind: str
    members: int
    organisations: int
    posts: tuple[int, ...]  # by week, the present one last
    joined: bool
    favourite: bool
    is_readable: bool
    can_be_left: bool

    @property
    def this_week(self) -> int:
        """The posts of the present week."""
        return self.posts[-1]

    @property
    def line(self) -> str:
        """The sparkline as the `d` of an SVG path, the largest week at the top."""
        step, most = (WIDTH - 1) / (len(self.posts) - 1), max(self.posts) or 1
        points = (
            f"{1 + step * place:.0f} {HEIGHT - FOOT - (HEIGHT - 2 * FOOT) * count / most:.1f}"
            for place, count in enumerate(self.posts)
        )
        return "M" + "L".join(points)

    @property
    def area(self) -> str:
        """The ground below the line."""
        return f"{self.line}L{WIDTH} {HEIGHT}L1 {HEIGHT}Z"

    @property
    def end(self) -> str:
        """The height of the line's end, where its dot stands."""
        return self.line.rsplit(" ", 1)[1]

    @property
    def in_words(self) -> str:
        """The same numbers as text, the oldest week first."""
        return "、".join(f"{count}件" for count in self.posts)


@lru_cache(maxsize=KEPT)
def _drawn(face: Face) -> str:
    return get_template("channels/_row.html").render({"row": face}).strip()


@dataclass(frozen=True)
class Row:
    """One channel as the directory shows it to one member."""

    channel: Channel
    stay: stays.Stay
    posts: tuple[int, ...]
    is_home: bool

    @property
    def joined(self) -> bool:
        """Whether the member is in it."""
        return bool(self.stay.role)

    @property
    def is_readable(self) -> bool:
        """Whether its posts are open to the member; otherwise it only says that it exists."""
        return self.joined or not self.channel.is_closed

    @property
    def label(self) -> str:
        """Its category, as a heading."""
        return self.channel.category or OTHERS

    @property
    def activity(self) -> int:
        """The posts of all drawn weeks."""
        return sum(self.posts)

    @property
    def words(self) -> str:
        """What a search looks through."""
        channel = self.channel
        return folded(f"{channel.name} {channel.kana} {channel.purpose} {channel.category}")

    @property
    def face(self) -> Face:
        """What it prints."""
        one = self.channel
        told = (one.pk, one.slug, one.name, one.purpose, one.kind, one.member_count, one.organisation_count)
        may_leave = one.behaviour.can_be_left
        return Face(*told, self.posts, self.joined, self.stay.favourite, self.is_readable, may_leave)

    @property
    def html(self) -> str:
        """The row; its buttons belong to the page's one form, so it needs no token."""
        return _drawn(self.face)


def rows_for(member) -> list[Row]:
    """Every living channel that the directory shows the member."""
    stay = Membership.objects.current().of(member)
    channels = Channel.objects.listed_for(member).living().defer("guide", "guide_html")
    channels = channels.annotate(own=Subquery(stay.values(own=stays.OWN)))
    drawn = weeks()
    counted = {
        (channel_id, week): posts
        for channel_id, week, posts in Activity.objects.lately().values_list("channel_id", "week_on", "posts")
    }
    home = home_of(member)
    return [
        Row(
            channel,
            stays.stay_of(channel.own),
            tuple(counted.get((channel.pk, week), 0) for week in drawn),
            is_of_home(channel, home),
        )
        for channel in channels
    ]


def is_of_home(channel: Channel, home: tuple[str, str]) -> bool:
    """Whether a regional channel is for the prefecture and class; the law of ChannelQuerySet.of_home."""
    place, peers = channel.prefecture_code, channel.peer_class
    fits = place in {"", home[0]} and peers in {"", home[1]}
    return channel.kind == Channel.Kind.REGIONAL and fits and bool(place or peers)


# By the address's ?show=: (label, what belongs there).
TABS = {
    "": ("すべて", lambda row: True),
    "topic": ("テーマ", lambda row: row.channel.kind == Channel.Kind.TOPIC),
    "regional": (
        "地域",
        lambda row: row.channel.kind == Channel.Kind.REGIONAL and not row.channel.peer_class,
    ),
    "peers": ("団体の区分", lambda row: bool(row.channel.peer_class)),
    "announcement": ("お知らせ", lambda row: row.channel.kind == Channel.Kind.ANNOUNCEMENT),
    "casual": ("交流・練習", lambda row: row.channel.kind in {Channel.Kind.CASUAL, Channel.Kind.PRACTICE}),
    "private": ("非公開", lambda row: row.channel.is_closed),
    "mine": ("参加中", lambda row: row.joined),
}
ORDERS = {
    "name": lambda row: _by_name(row.channel),
    "members": lambda row: (-row.channel.member_count, _by_name(row.channel)),
    "activity": lambda row: (-row.activity, _by_name(row.channel)),
}


def _by_name(channel: Channel) -> tuple[str, str]:
    """Regions from north to south, everything else by its reading."""
    return channel.prefecture_code, folded(channel.kana or channel.name)


def tabs_of(rows: Sequence[Row], show: str) -> list[dict]:
    """The tabs with how many channels stand behind each; those without any are left out."""
    counted = ((name, label, sum(map(belongs, rows))) for name, (label, belongs) in TABS.items())
    return [
        {"name": name, "label": label, "count": count, "is_current": name == show}
        for name, label, count in counted
        if count or name in {"", show}
    ]


def narrowed(rows: Iterable[Row], *, q="", category="", place="", show="", sort="") -> list[Row]:
    """Those of the rows that were asked for, in the order asked for."""
    sought, (_, belongs) = folded(q).split(), TABS[show]
    found = [
        row
        for row in rows
        if belongs(row)
        and all(word in row.words for word in sought)
        and (not category or row.label == category)
        and (not place or row.channel.prefecture_code == place)
    ]
    return sorted(found, key=ORDERS[sort or "name"])


def grouped(rows: Sequence[Row], *, home_first: bool) -> list[tuple[str, list[Row]]]:
    """(heading, rows) by category, what has none last; with `home_first` one's own region before all."""
    home = [row for row in rows if row.is_home] if home_first else []
    others = sorted(
        (row for row in rows if row not in home), key=lambda row: (row.label == OTHERS, row.label)
    )
    groups = [(label, list(same)) for label, same in groupby(others, key=lambda row: row.label)]
    return ([(HOME, home)] if home else []) + groups


def categories_of(rows: Iterable[Row]) -> list[str]:
    """The categories in use, what has none last."""
    return sorted({row.label for row in rows}, key=lambda label: (label == OTHERS, label))


def like(rows: Iterable[Row], name: str, most: int = 5) -> list[Channel]:
    """Channels whose name resembles another one: the nearest first, by the pairs of letters they share."""
    wanted = _pairs(name)
    scored = [(_share(wanted, _pairs(row.channel.name)), row.channel) for row in rows]
    near = sorted((one for one in scored if one[0] >= 0.3), key=lambda one: -one[0])
    return [channel for _, channel in near[:most]]


def _share(one: set[str], other: set[str]) -> float:
    """How much of the shorter name stands in the longer one, 0 to 1."""
    return len(one & other) / min(len(one), len(other))


def _pairs(name: str) -> set[str]:
    text = "".join(folded(name).split())
    return {text[place : place + 2] for place in range(len(text) - 1)} or {text}
