"""Windows: up to fifty posts of a channel or a thread as one piece of viewer-neutral HTML.

The newest window of an open channel is the page everybody asks for, so it is kept per process, keyed by
(channel, head of its stream). Every change of a channel raises the head: a window needs no invalidation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import pairwise

from django.db.models import Q
from django.template.loader import get_template
from django.utils import timezone

from channels_app import fragments
from channels_app.models import Channel, Post
from kyoso.lib import eras

SIZE = 50  # posts of a window
ROW = ("pk", "v", "n", "author", "in_channel", "posted_at")
KEPT = 256  # windows of about 80 KB: at most 20 MB a process


@dataclass(frozen=True, slots=True)
class Entry:
    """One post in a window: `n` is the event that published it, `html` its fragment."""

    id: int
    n: int
    author: int
    in_channel: bool
    at: datetime
    html: str

    @property
    def thread_html(self) -> str:
        """In a thread: what stands in the channel too may be on the page twice, so it has another DOM id."""
        return fragments.as_copy(self.html, "thread") if self.in_channel else self.html


@dataclass(frozen=True)
class Window:
    """Neighbouring posts, oldest first, and whether there are `older` and `newer` ones outside."""

    entries: tuple[Entry, ...]
    older: bool
    newer: bool

    @property
    def ids(self) -> list[int]:
        """The ids of its posts."""
        return [entry.id for entry in self.entries]

    @property
    def oldest(self) -> int | None:
        """The id of the first post; the cursor of 「前の投稿」."""
        return self.entries[0].id if self.entries else None

    @property
    def newest(self) -> int | None:
        """The id of the last post; the cursor of 「次の投稿」."""
        return self.entries[-1].id if self.entries else None

    @cached_property
    def days(self) -> dict[int, date]:
        """The day of each entry that begins one, by its place."""
        days = [timezone.localdate(entry.at) for entry in self.entries]
        first = [True, *(earlier != later for earlier, later in pairwise(days))]
        return {at: day for at, (day, begins) in enumerate(zip(days, first, strict=False)) if begins}

    def parts(self, years: str) -> tuple[str, ...]:
        """Each fragment, with the line of its day before the first post of that day."""
        return tuple(
            f"{_day(self.days[at], years)}\n{entry.html}" if at in self.days else entry.html
            for at, entry in enumerate(self.entries)
        )

    @cached_property
    def html(self) -> str:
        """The whole window, the same for everybody who reads western years."""
        return "\n".join(self.parts(eras.SEIREKI))

    @cached_property
    def html_wareki(self) -> str:
        """The whole window, the same for everybody who reads the years of the era."""
        return "\n".join(self.parts(eras.WAREKI))

    @cached_property
    def bare(self) -> str:
        """The fragments without lines of days, for a thread."""
        return "\n".join(entry.thread_html for entry in self.entries)

    def html_for(self, member_id: int, last_read_n: int | None, years: str = eras.SEIREKI) -> str:
        """The window with the line 「ここから新着」 before the first post that is new to a member.

        New is what others published after event `last_read_n`; one's own words are never new. None (somebody
        who only looks in) and nothing new give the plain window. `years`: eras.SEIREKI or eras.WAREKI.
        """
        at = None if last_read_n is None else self.first_new(member_id, last_read_n)
        if at is None:
            return self.html_wareki if years == eras.WAREKI else self.html
        parts = self.parts(years)
        line = get_template("posts/_unread.html").render().strip()
        return "\n".join((*parts[:at], line, *parts[at:]))

    def first_new(self, member_id: int, last_read_n: int) -> int | None:
        """The place of the first post that is new to the member, None when all were read."""
        new = (
            at for at, entry in enumerate(self.entries) if entry.n > last_read_n and entry.author != member_id
        )
        return next(new, None)


@lru_cache(maxsize=KEPT)
def _day(day: date, years: str) -> str:
    return get_template("posts/_day.html").render({"day": day, "text": eras.heading(day, years)}).strip()


def newest(channel: Channel, head: int, member) -> Window:
    """The newest window of a channel the member may see.

    `head` was read before this call, so the window holds at least everything up to it. An open channel
    shows everybody the same; what a closed one shows depends on the member's stays.
    """
    if channel.is_closed:
        return _newest_for(channel.pk, member)
    return _newest_of_open(channel.pk, head)


@lru_cache(maxsize=KEPT)
def _newest_of_open(channel_id: int, head: int) -> Window:
    return of(Post.objects.in_channel().filter(channel=channel_id))


def _newest_for(channel_id: int, member) -> Window:
    return of(Post.objects.visible_to(member).in_channel().filter(channel=channel_id))


def forget() -> None:
    """Drop the kept windows (a test that compares with a fresh process)."""
    _newest_of_open.cache_clear()


def of(posts, *, before: int | None = None, after: int | None = None, around: int | None = None) -> Window:
    """The window of `posts` before, after or around a post id; the newest one without a cursor.

    Raises Post.DoesNotExist when the cursor is not one of `posts`. Three queries at most, plus those of
    fragments that were not made yet.
    """
    cursor = before or after or around
    if cursor is None:
        rows, older = _take(posts, None, SIZE, backwards=True)
        return _window(rows, older=older, newer=False)
    anchor = posts.values_list(*ROW).get(pk=cursor)
    if before:
        rows, older = _take(posts, anchor, SIZE, backwards=True)
        return _window(rows, older=older, newer=True)
    if after:
        rows, newer = _take(posts, anchor, SIZE, backwards=False)
        return _window(rows, older=True, newer=newer)
    past, older = _take(posts, anchor, SIZE // 2, backwards=True)
    future, newer = _take(posts, anchor, SIZE - SIZE // 2 - 1, backwards=False)
    return _window([*past, anchor, *future], older=older, newer=newer)


def _take(posts, anchor: tuple | None, count: int, *, backwards: bool) -> tuple[list[tuple], bool]:
    """Up to `count` rows beside the anchor, oldest first, and whether there are more on that side."""
    if anchor:
        post_id, *_, at = anchor
        side = "lt" if backwards else "gt"
        tie = Q(**{f"posted_at__{side}": at}) | Q(**{"posted_at": at, f"id__{side}": post_id})
        # The outer bound repeats what `tie` implies, because PostgreSQL can only walk the index along it.
        posts = posts.filter(tie, **{f"posted_at__{side}e": at})
    ordered = posts.order_by("-posted_at", "-id") if backwards else posts.order_by("posted_at", "id")
    rows = list(ordered.values_list(*ROW)[: count + 1])
    more, rows = len(rows) > count, rows[:count]
    return (rows[::-1] if backwards else rows), more


def _window(rows: Sequence[tuple], *, older: bool, newer: bool) -> Window:
    made = fragments.posts_at({post_id: v for post_id, v, *_ in rows})
    entries = tuple(
        Entry(post_id, n or 0, author, in_channel, at, made[post_id].html)
        for post_id, _, n, author, in_channel, at in rows
        if post_id in made
    )
    return Window(entries, older, newer)
