"""The committed database as the live code sees it: log, streams, memberships and posts, in memory.

Only what PostgreSQL guarantees is played: a snapshot shows what is committed; the numbers of a stream are
taken under its lock as the last thing before the commit, so they are given here at the commit; a
transaction's xid may be much older than its commit; what is rolled back never was.
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import OperationalError

from channels_app.fragments import Fragment
from channels_app.live.history import Head, Snapshot
from channels_app.live.log import Emitted
from channels_app.live.streams import LOG_IN_AGAIN, Holder, Reach, Refusal
from channels_app.models import LiveEvent

Kind = LiveEvent.Kind


@dataclass
class Place:
    """A row of live_stream."""

    id: int
    label: str
    head: int = 0
    floor: int = 0
    posts: int = 0
    rows: dict[int, Emitted] = field(default_factory=dict)


@dataclass
class Stay:
    """A member's stay in a channel; `posts_then` is the channel's count when it ended."""

    member_id: int
    joined_n: int
    read_posts: int
    left_n: int | None = None
    posts_then: int = 0


@dataclass(frozen=True)
class Said:
    """An event of a deed, not yet numbered."""

    label: str
    kind: int
    obj_id: int
    ver: int = 1
    aux: dict | None = None
    posts: int = 0
    then: Callable[[Emitted], None] | None = None


@dataclass
class Facts:
    """Everything that a backup would hold."""

    epoch: str = field(default_factory=lambda: str(uuid4()))
    places: dict[str, Place] = field(default_factory=dict)
    closed: dict[str, dict[int, bool]] = field(default_factory=lambda: defaultdict(dict))  # from which n on
    stays: dict[str, list[Stay]] = field(default_factory=lambda: defaultdict(list))
    posts: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))  # id → v
    told_at: dict[tuple[int, int], int] = field(default_factory=dict)  # (post, v) → n
    removed: dict[int, int] = field(default_factory=dict)  # post → v of its trace

    # -- asking about the truth (the oracle)

    def is_closed(self, label: str, n: int | None = None) -> bool:
        """Whether only members may hear number `n`; without it, whether that is so now."""
        turns = [closed for at, closed in self.closed[label].items() if n is None or at <= n]
        return bool(turns and turns[-1])

    def stay(self, member_id: int, label: str) -> Stay | None:
        """The member's present stay."""
        stays = self.stays[label]
        return next((one for one in stays if one.member_id == member_id and one.left_n is None), None)

    def may_hear(self, member_id: int, label: str, n: int) -> bool:
        """Whether a member may be told number `n` at this moment."""
        if label[0] != "c":
            return label in {"s", f"u{member_id}"}
        turns = [n, *(at for at in self.closed[label] if at > n)]
        return any(not self.is_closed(label, at) for at in turns) or any(
            one.member_id == member_id and one.joined_n < n <= (one.left_n or n) for one in self.stays[label]
        )

    def first_told(self, post: int) -> int:
        """The number that published a post."""
        return min((n for (told, _), n in self.told_at.items() if told == post), default=0)

    def may_count(self, member_id: int, label: str, posts: int) -> bool:
        """Whether a member may be told this count."""
        if not self.is_closed(label):
            return True
        mine = [one for one in self.stays[label] if one.member_id == member_id]
        return any(one.left_n is None or posts <= one.posts_then for one in mine)


class MemoryLog:
    """The database. Everything said in one `commit` becomes visible at once."""

    def __init__(self) -> None:
        self.facts = Facts()
        self.next_xid = 100
        self.running: set[int] = set()  # xids of open transactions
        self.down = False
        self.sessions: dict[str, int] = {}
        self.last_id = 0

    # -- writing

    def open_stream(self, label: str) -> None:
        """Make a stream."""
        self.last_id += 1
        self.facts.places[label] = Place(self.last_id, label)

    def begin(self) -> int:
        """Open a transaction that has written something: it has an xid."""
        self.next_xid += 1
        self.running.add(self.next_xid)
        return self.next_xid

    def roll_back(self, xid: int) -> None:
        """It never was."""
        self.running.discard(xid)

    def commit(self, said: Sequence[Said], xid: int | None = None) -> list[Emitted]:
        """Number what was said and make it visible; the consequences belong to the same moment."""
        xid = self.begin() if xid is None else xid
        emitted = [self._number(one, xid) for one in said]
        self.running.discard(xid)
        return emitted

    def _number(self, one: Said, xid: int) -> Emitted:
        place = self.facts.places[one.label]
        place.head += 1
        place.posts += one.posts
        n, posts = place.head, place.posts
        event = Emitted(place.id, place.label, n, xid, posts, one.kind, one.obj_id, one.ver, None, one.aux)
        place.rows[n] = event
        if one.label[0] == "c" and one.obj_id in self.facts.posts[one.label]:
            self.facts.told_at[one.obj_id, one.ver] = n
        if one.then:
            one.then(event)
        return event

    def skip(self, label: str, count: int, posts: int) -> None:
        """Take a block of numbers that no row will have."""
        place = self.facts.places[label]
        place.head += count
        place.floor = place.head
        place.posts += posts

    def prune(self, label: str, upto: int) -> None:
        """Delete old rows."""
        place = self.facts.places[label]
        place.floor = max(place.floor, min(upto, place.head))
        place.rows = {n: row for n, row in place.rows.items() if n > place.floor}

    def backup(self) -> Facts:
        """A copy of everything."""
        return copy.deepcopy(self.facts)

    def restore(self, kept: Facts) -> None:
        """What the restore command does: the log is empty, every floor is its head, the epoch is new."""
        self.facts = copy.deepcopy(kept)
        self.running.clear()
        for place in self.facts.places.values():
            place.rows, place.floor = {}, place.head
        self.facts.epoch = str(uuid4())

    # -- what history.py, streams.py and fragments.py read

    def _ask(self) -> Facts:
        if self.down:
            raise OperationalError("the database is away")
        return self.facts

    def xmin(self) -> int:
        """The oldest running xid."""
        return min(self.running, default=self.next_xid + 1)

    def head(self, place: Place) -> Head:
        return Head(place.id, place.label, place.head, place.posts, self.facts.is_closed(place.label))

    def survey(self) -> Snapshot:
        facts = self._ask()
        return Snapshot(self.xmin(), facts.epoch, [self.head(place) for place in facts.places.values()])

    def newer_than(self, xmin: int) -> tuple[int, str, list[tuple[int, int]]]:
        facts = self._ask()
        newer = {
            place.id: max((row.n for row in place.rows.values() if row.xid >= xmin), default=0)
            for place in facts.places.values()
        }
        return self.xmin(), facts.epoch, [(pk, n) for pk, n in newer.items() if n]

    def place(self, stream_id: int) -> Place | None:
        return next((one for one in self._ask().places.values() if one.id == stream_id), None)

    def head_of(self, stream_id: int) -> Head | None:
        place = self.place(stream_id)
        return self.head(place) if place else None

    def id_of(self, label: str) -> int | None:
        place = self._ask().places.get(label)
        return place.id if place else None

    def rows(self, asked: Sequence[tuple[int, str, int, int]], limit: int) -> list[Emitted]:
        self._ask()
        found: list[Emitted] = []
        for stream_id, _, after, upto in sorted(asked):
            place = self.place(stream_id)
            wanted = [row for row in (place.rows.values() if place else ()) if after < row.n <= upto]
            found += [Emitted(**{**_fields(row), "posts": 0}) for row in wanted[:limit]]
        return found

    def verify_timeline(self) -> str:
        return self._ask().epoch

    def posts(self, ids: Iterable[int]) -> dict[int, Fragment]:
        wanted = set(ids)
        shown = {post: v for kept in self._ask().posts.values() for post, v in kept.items() if post in wanted}
        return {post: Fragment(post, v, f"{post}.{v}") for post, v in shown.items()}

    def holder_of(self, session_key: str) -> Holder:
        self._ask()
        if session_key not in self.sessions:
            raise Refusal(LOG_IN_AGAIN)
        return Holder(self.sessions[session_key], None)

    def reach(self, session_key: str, focus: Iterable[str]) -> Reach:
        member_id = self.holder_of(session_key).member_id
        stays = {label: self.facts.stay(member_id, label) for label in self._ask().places if label[0] == "c"}
        counts = {
            label: [self.facts.places[label].posts, stay.read_posts] for label, stay in stays.items() if stay
        }
        granted = {}
        for label in focus:
            stay = stays.get(label)
            if stay:
                granted[label] = stay.joined_n if self.facts.is_closed(label) else 0
            elif label in stays and not self.facts.is_closed(label):
                granted[label] = 0
        return Reach(member_id, granted, counts, None)


def _fields(row: Emitted) -> dict:
    return {name: getattr(row, name) for name in Emitted.__dataclass_fields__}
