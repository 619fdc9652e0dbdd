"""What clients wrote down, compared with the database: the one judge of the delivery figures.

It believes neither the server nor the clients' own counters: every number told is looked up in the log, every
stay in the memberships, every acknowledged post among the posts, every version shown beside the post's own.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from channels_app.live import frames
from channels_app.models import Channel, LiveEvent, LiveStream, Membership, Post
from tests.reliability.clients import BATCH, KINDS, Client, Outbox, Track

FAULTS = {
    "gap": "numbers skipped",
    "repeat": "numbers told twice",
    "order": "numbers told too late",
    "wrong": "numbers told otherwise than the log has them",
    "foreign": "numbers of a stream or channel one was never in",
    "beyond": "numbers from outside of one's stay",
    "kept": "channels still shown after the stay ended",
    "behind": "streams not level at the end",
    "stale": "posts not shown in their newest version",
    "lost": "acknowledged posts that are not there",
    "double": "posts written or published twice",
    "hole": "numbers given out that are not in the log",
}
MOST_EXAMPLES = 8
FOREVER = 2**62


@dataclass
class Stream:
    """A stream as the database has it: `rows` by number are (kind, object, version)."""

    head: int
    floor: int
    rows: dict[int, tuple[int, int, int]] = field(default_factory=dict)


@dataclass
class Oracle:
    """What the database says now."""

    streams: dict[str, Stream]
    stays: dict[tuple[str, int], list[tuple[int, int]]]
    closed: set[str]
    versions: dict[int, int]
    published: Counter

    @classmethod
    def asked(cls, labels: set[str]) -> "Oracle":
        """Read all that concerns these streams (5 queries)."""
        found = {row.pk: row for row in LiveStream.objects.all() if row.label in labels}
        streams = {row.label: Stream(row.head, row.floor) for row in found.values()}
        published: Counter = Counter()
        rows = LiveEvent.objects.filter(stream__in=found)
        rows = rows.values_list("stream_id", "n", "kind", "obj_id", "ver")
        for stream_id, n, kind, obj_id, ver in rows.iterator():
            streams[found[stream_id].label].rows[n] = (kind, obj_id, ver)
            published[obj_id] += kind == LiveEvent.Kind.POST_PUBLISHED
        stays = defaultdict(list)
        for channel, member, joined_n, left_n in Membership.objects.values_list(
            "channel_id", "member_id", "joined_n", "left_n"
        ):
            stays[f"c{channel}", member].append((joined_n, FOREVER if left_n is None else left_n))
        closed = {f"c{pk}" for pk, kind in Channel.objects.values_list("pk", "kind") if kind in CLOSED}
        return cls(streams, stays, closed, dict(Post.objects.values_list("pk", "v")), published)

    def rows(self, label: str, after: int, to: int) -> list[tuple[int, int, int] | None]:
        """The log's rows after+1 … to, None where there is none."""
        kept = self.streams[label].rows if label in self.streams else {}
        return [kept.get(n) for n in range(after + 1, to + 1)]

    def has_forgotten(self, label: str, n: int) -> bool:
        """Whether a number has been pruned, so that nothing can be said about it."""
        return label in self.streams and n <= self.streams[label].floor

    def may_hear(self, label: str, member_id: int) -> list[tuple[int, int]]:
        """The numbers of a stream that a member may hear, as intervals (after, up to)."""
        if label in self.closed:
            return self.stays.get((label, member_id), [])
        return [] if label[0] == "u" and label != f"u{member_id}" else [(-1, FOREVER)]


CLOSED = Channel.CLOSED_KINDS
POST_KINDS = {int(kind) for kind in frames.POST_KINDS}
HUSHED = {int(kind) for kind in frames.HUSHED}


@dataclass
class Verdict:
    """How many client-events were looked up, and what was wrong with them."""

    events: int = 0
    faults: Counter = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong."""
        return not self.faults.total()

    def blame(self, fault: str, *details: object, times: int = 1) -> None:
        """Note something wrong."""
        self.faults[fault] += times
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(f"{fault}: {' '.join(map(str, details))}")

    def __str__(self) -> str:
        wrong = ", ".join(f"{count} {FAULTS[fault]}" for fault, count in self.faults.items())
        return f"{self.events:,} client-events; {wrong or 'nothing wrong'} {self.examples or ''}".strip()


def judge(clients: Iterable[Client], outboxes: Iterable[Outbox] = ()) -> Verdict:
    """Compare what clients were told, and what outboxes were answered, with the database.

    Call it when nothing is under way and every client should be level.
    """
    clients, verdict = list(clients), Verdict()
    oracle = Oracle.asked({label for client in clients for label in client.tracks})
    for client in clients:
        judge_client(client, oracle, verdict)
    judge_log(oracle, verdict)
    judge_acknowledged([sent for outbox in outboxes for sent in outbox.sent if sent.cid], oracle, verdict)
    return verdict


def judge_client(client: Client, oracle: Oracle, verdict: Verdict) -> None:
    """Every track of one client, what it was counted, and what it shows in the end."""
    for label, tracks in client.tracks.items():
        for track in tracks:
            judge_track(client, label, track, oracle, verdict)
        if not tracks[-1].ended:
            judge_end(client, label, oracle, verdict)
    for label in client.counted:
        if (label, client.member_id) not in oracle.stays:
            verdict.blame("foreign", f"member {client.member_id} was told a count of {label}")


def judge_track(client: Client, label: str, track: Track, oracle: Oracle, verdict: Verdict) -> None:
    """One frame after the other: the next number, the log's content, within a stay."""
    at, seen, intervals = track.start, None, oracle.may_hear(label, client.member_id)
    for i in range(0, len(track.told), 4):
        first, kind, obj_id, v = track.told[i : i + 4]
        after, to = (first, obj_id) if kind == BATCH else (first - 1, first)
        verdict.events += max(0, to - max(at, after))
        if to <= at:
            seen = numbers(track, i) if seen is None else seen
            verdict.blame("repeat" if to in seen else "order", label, to, "at", at)
        elif after > at:
            verdict.blame("gap", label, at, "→", to, times=after - at)
        if not intervals:
            verdict.blame("foreign", f"member {client.member_id} was told {label} {to}")
        elif not any(low <= after and to <= high for low, high in intervals):
            verdict.blame("beyond", f"member {client.member_id} was told {label} {after + 1}…{to}", intervals)
        rows = oracle.rows(label, after, to)
        right = is_batch(track.batches[v], rows) if kind == BATCH else is_row((kind, obj_id, v), rows[0])
        if not right and not oracle.has_forgotten(label, after + 1):
            verdict.blame("wrong", label, to, (kind, obj_id, v), rows)
        at = max(at, to)


def numbers(track: Track, end: int) -> set[int]:
    """All numbers a track was told before the index `end`."""
    found = set()
    for i in range(0, end, 4):
        first, kind, to, _ = track.told[i : i + 4]
        found |= set(range(first + 1, to + 1)) if kind == BATCH else {first}
    return found


def is_row(told: tuple[int, int, int], row: tuple[int, int, int] | None) -> bool:
    """Whether one event was told as the log has it."""
    return row is not None and told == ((row[0], 0, 1) if row[0] in HUSHED else row)


def is_batch(entries: Sequence[tuple[str, int, int]], rows: Sequence[tuple[int, int, int] | None]) -> bool:
    """Whether a batch has the latest state of every object of its rows, and of no other."""
    if None in rows:
        return False
    newest = {obj_id: ver for kind, obj_id, ver in rows if kind in POST_KINDS}
    others = {(kind, 0 if kind in HUSHED else obj_id) for kind, obj_id, _ in rows if kind not in POST_KINDS}
    posts = [(obj_id, v) for kind, obj_id, v in entries if KINDS[kind] in POST_KINDS]
    rest = {(KINDS[kind], obj_id) for kind, obj_id, _ in entries if KINDS[kind] not in POST_KINDS}
    return len(posts) == len(newest) and dict(posts) == newest and rest == others


def judge_end(client: Client, label: str, oracle: Oracle, verdict: Verdict) -> None:
    """Where a stream that the client still holds stands: level, allowed, everything in its newest version."""
    stream, track = oracle.streams[label], client.tracks[label][-1]
    if track.at != stream.head:
        recent = [said for said in client.recent if label in str(said)][-6:]
        verdict.blame("behind", f"member {client.member_id} {label} {track.at} of {stream.head}", recent)
    if not any(high == FOREVER for _, high in oracle.may_hear(label, client.member_id)):
        verdict.blame("kept", f"member {client.member_id} {label}")
    shown = client.shown.get(label, {})
    told = {
        row[1] for n in range(track.start + 1, track.at + 1) if (row := stream.rows.get(n)) and is_post(row)
    }
    for post in shown.keys() | told:
        if shown.get(post) != oracle.versions.get(post):
            verdict.blame("stale", label, "post", post, shown.get(post), oracle.versions.get(post))


def is_post(row: tuple[int, int, int]) -> bool:
    """Whether a row of the log is of a post."""
    return row[0] in POST_KINDS


def judge_log(oracle: Oracle, verdict: Verdict) -> None:
    """The log itself: every number is there, every post was published once."""
    for label, stream in oracle.streams.items():
        missing = stream.head - stream.floor - sum(1 for n in stream.rows if n > stream.floor)
        if missing:
            verdict.blame("hole", label, missing, times=abs(missing))
    for post, times in oracle.published.items():
        if times > 1:
            verdict.blame("double", "post", post, "was published", times, "times")


def judge_acknowledged(sent: Sequence, oracle: Oracle, verdict: Verdict) -> None:
    """Every acknowledged post is there once, with the number that was said."""
    wanted = {one.cid: one for one in sent}
    kept = {str(cid): (pk, n) for cid, pk, n in Post.objects.values_list("cid", "pk", "n")}
    for cid, one in wanted.items():
        if cid not in kept:
            verdict.blame("lost", one.path, cid)
        elif kept[cid] != (one.told["id"], one.told["n"]):
            verdict.blame("wrong", "the answer to", cid, one.told["id"], one.told["n"], kept[cid])
    twice = Post.objects.values("author", "cid").annotate(times=Count("pk")).filter(times__gt=1)
    for row in twice:
        verdict.blame("double", row)
