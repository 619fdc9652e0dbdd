"""Fragments: the HTML of one thing, the same bytes in page, POST answer and live frame (docs/house.md).

Viewer-neutral and made without a request. Rendered once per (id, v): a cached fragment never goes stale,
because every change of what it shows raises `v`.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from django.db.models import Count
from django.template.loader import get_template
from django.utils import timezone

from accounts.models import Ambassador
from channels_app.models import Post, Reaction
from channels_app.models.reactions import Stamp, stamps

CACHED = 20_000  # fragments of about 1.5 KB: at most 30 MB a process
FACES = 3


@dataclass(frozen=True, slots=True)
class Fragment:
    """One rendered post. `html` is what everybody gets."""

    id: int
    v: int
    html: str


@dataclass(frozen=True, slots=True)
class StampCount:
    """How often a stamp was pressed on one post, by people and by distinct organisations."""

    stamp: Stamp
    members: int
    organisations: int

    @property
    def number(self) -> int:
        """The figure shown: organisations for voices, people for thanks."""
        return self.organisations if self.stamp.counts_organisations else self.members

    @property
    def unit(self) -> str:
        """自治体 is too narrow where agencies press as well: 団体."""
        return "団体" if self.stamp.counts_organisations else "人"


class Cache:
    """The most recently used fragments of a process, by (id, v). Thread-safe."""

    def __init__(self, size: int):
        self.size = size
        self.kept: OrderedDict[tuple[int, int], Fragment] = OrderedDict()
        self.lock = Lock()

    def get(self, key: tuple[int, int]) -> Fragment | None:
        """The fragment of (id, v), or None."""
        with self.lock:
            if key in self.kept:
                self.kept.move_to_end(key)
            return self.kept.get(key)

    def put(self, fragment: Fragment) -> None:
        """Keep a fragment; the least recently used one goes when there are too many."""
        with self.lock:
            self.kept[fragment.id, fragment.v] = fragment
            while len(self.kept) > self.size:
                self.kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything (tests start with an empty database and the same ids)."""
        with self.lock:
            self.kept.clear()


cache = Cache(CACHED)


def post(post_id: int) -> Fragment | None:
    """The fragment of one post as it is now committed, or None when there is no such post."""
    return posts([post_id]).get(post_id)


def posts(ids: Iterable[int]) -> dict[int, Fragment]:
    """Fragments of many posts by id; unknown ids are left out.

    One query when all are cached, five whatever the number otherwise. Permission is the caller's: ids come
    from `Post.objects.visible_to(member)` or from a stream the listener may hear.
    """
    versions = dict(Post.objects.filter(pk__in=list(ids)).values_list("pk", "v"))
    return posts_at(versions)


def posts_at(versions: dict[int, int]) -> dict[int, Fragment]:
    """Fragments by id for known versions (id -> v); what is cached costs no query."""
    found = {key[0]: fragment for key in versions.items() if (fragment := cache.get(key))}
    missing = [post_id for post_id in versions if post_id not in found]
    for fragment in _rendered(missing):
        cache.put(fragment)
        found[fragment.id] = fragment
    return found


def of_new(post: Post) -> Fragment:
    """The fragment of a post that was published just now and never changed (v = 1), from the object itself.

    Nobody has answered or pressed a stamp in this version, so only the author's badges are asked for.
    """
    made = cache.get((post.pk, post.v)) or _fragment(post, badges_of([post])[post.pk])
    cache.put(made)
    return made


def as_copy(html: str, prefix: str) -> str:
    """The same fragment under another DOM id, for a page that shows a post twice (timeline and thread)."""
    return html.replace(' id="post-', f' id="{prefix}-post-', 1)


def _rendered(ids: Sequence[int]) -> list[Fragment]:
    if not ids:
        return []
    rows = list(
        Post.objects.filter(pk__in=ids).select_related("channel", "author", "affiliation__organisation")
    )
    counts, faces, badges = _stamp_counts(ids), _faces(rows), badges_of(rows)
    return [_fragment(row, badges[row.pk], counts.get(row.pk, ()), faces.get(row.pk, ())) for row in rows]


def _fragment(row: Post, badges: Sequence, counts: Sequence = (), faces: Sequence = ()) -> Fragment:
    shown = {"post": row, "badges": badges, "counts": counts, "faces": faces}
    return Fragment(row.pk, row.v, get_template("posts/_post.html").render(shown).strip())


def _stamp_counts(ids: Sequence[int]) -> dict[int, list[StampCount]]:
    """Counts per post, the most pressed first."""
    known = stamps()
    rows = (
        Reaction.objects.filter(post_id__in=ids)
        .values("post_id", "stamp")
        .annotate(members=Count("id"), organisations=Count("organisation", distinct=True))
        .order_by("-members", "stamp")
    )
    counts = defaultdict(list)
    for row in rows:
        if row["stamp"] in known:
            counts[row["post_id"]].append(
                StampCount(known[row["stamp"]], row["members"], row["organisations"])
            )
    return counts


def _faces(rows: Sequence[Post]) -> dict[int, list]:
    """The last few different people in each thread."""
    roots = [row.pk for row in rows if row.reply_count]
    if not roots:
        return {}
    faces: dict[int, list] = defaultdict(list)
    replies = (
        Post.objects.filter(root_id__in=roots, removed_at=None)
        .order_by("root_id", "author_id", "-posted_at")
        .distinct("root_id", "author_id")
        .select_related("author")
    )
    for reply in sorted(replies, key=lambda reply: reply.posted_at, reverse=True):
        if reply.root_id and len(faces[reply.root_id]) < FACES:
            faces[reply.root_id].append(reply.author)
    return faces


def badges_of(rows: Sequence[Post]) -> dict[int, list[tuple[str, str]]]:
    """(kind, label) of the badges the authors wore, by post id; one query."""
    terms = list(Ambassador.objects.filter(member_id__in={row.author_id for row in rows}))
    return {row.pk: _badges(row, terms) for row in rows}


def _badges(row: Post, terms: Sequence[Ambassador]) -> list[tuple[str, str]]:
    """(kind, label) of the badges the author wore on the post's day."""
    day = timezone.localdate(row.posted_at)
    worn = [row.affiliation.organisation.badge]
    if any(
        term.member_id == row.author_id and term.valid_from <= day and (term.valid_to or day) >= day
        for term in terms
    ):
        worn.append(("ambassador", "アンバサダー"))
    if row.author.is_secretariat:
        worn.append(("secretariat", "事務局"))
    return worn
