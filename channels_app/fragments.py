"""Fragments: the HTML of one thing, the same bytes in page, POST answer and live frame (docs/house.md).

Viewer-neutral and made without a request. Rendered once per (id, v): a cached fragment never goes stale,
because every change of what it shows raises `v`.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.db.models import Subquery
from django.template.loader import get_template

from channels_app.models import LiveMeta, Post
from channels_app.parts import JOINED, parts_of

HISTORY = Subquery(LiveMeta.objects.values("epoch")[:1])
CACHED = 20_000  # short posts take about 3 KB of memory each: some 60 MB a process when it is full


@dataclass(frozen=True, slots=True)
class Fragment:
    """One rendered post. `html` is what everybody gets."""

    id: int
    v: int
    html: str


class Cache:
    """The most recently used fragments of a process, by (id, v). Thread-safe."""

    def __init__(self, size: int):
        self.size = size
        self.history: object = None
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

    def keep_for(self, history: object) -> None:
        """Forget everything when the history has another name: after a failover ids are given out again.

        A history that has no name yet (nothing was ever said) is not another one than the first with a name.
        """
        if history == self.history:
            return
        if self.history is not None:
            self.clear()
        self.history = history

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

    One query when all are cached, six whatever the number otherwise. Permission is the caller's: ids come
    from `Post.objects.visible_to(member)` or from a stream the listener may hear.
    """
    found = Post.objects.filter(pk__in=list(ids)).values_list("pk", "v", HISTORY)
    versions = {}
    for post_id, v, history in found:
        cache.keep_for(history)
        versions[post_id] = v
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

    Nobody has answered or pressed a stamp in this version, so only what a post is born with is asked for.
    """
    made = cache.get((post.pk, post.v)) or _fragment(post, parts_of([post], at_birth=True)[post.pk])
    cache.put(made)
    return made


def as_copy(html: str, prefix: str) -> str:
    """The same fragment under another DOM id, for a page that shows a post twice (timeline and thread)."""
    return html.replace(' id="post-', f' id="{prefix}-post-', 1)


def _rendered(ids: Sequence[int]) -> list[Fragment]:
    if not ids:
        return []
    rows = list(Post.objects.filter(pk__in=ids).select_related(*JOINED))
    parts = parts_of(rows)
    return [_fragment(row, parts[row.pk]) for row in rows]


def _fragment(row: Post, parts: Mapping[str, Any]) -> Fragment:
    html = get_template("posts/_post.html").render({"post": row, **parts}).strip()
    return Fragment(row.pk, row.v, html)
