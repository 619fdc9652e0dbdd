"""Looking for words in what was said, and in the names of channels. Its cost is bounded, not its truth.

One page looks through at most PROBED posts, the newest first, by their ids, and says how far it looked: a
million posts cost the same as five thousand. No index of words is needed until there is a better search.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat, StrIndex
from django.db.models.lookups import GreaterThan

from channels_app import parts
from channels_app.models import Channel, Post
from kyoso.lib import markdown
from kyoso.lib.japanese import folded
from kyoso.lib.marking import around, marked

PROBED = 5_000  # posts that one page looks through
SHOWN = 20  # of what was found, a page
CHANNELS = 6
MOST_WORDS = 5
KATAKANA = "".join(map(chr, range(ord("ァ"), ord("ヶ") + 1)))
HIRAGANA = "".join(chr(ord(sign) - 0x60) for sign in KATAKANA)


class Folded(Func):
    """kyoso.lib.japanese.folded in SQL: width and case folded, katakana as hiragana."""

    template = f"translate(lower(normalize(%(expressions)s, NFKC)), '{KATAKANA}', '{HIRAGANA}')"
    output_field = TextField()


@dataclass(frozen=True)
class Hit:
    """One post that was found."""

    post: Post
    badges: list
    words: Sequence[str]

    @property
    def question(self):
        """Its question, or None."""
        return getattr(self.post, "question", None)

    @property
    def title(self):
        """The question's heading with the words marked, or ""."""
        return marked(self.question.title, self.words) if self.question else ""

    @property
    def text(self):
        """A line of the post with the words marked."""
        return marked(around(markdown.excerpt(self.post.html, 10_000), self.words), self.words)


@dataclass(frozen=True)
class Found:
    """A page of hits out of the `total` in the posts looked through, which reach back to `since`.

    `page` counts within them; `further` is the id before which the next look begins, None at the end of all.
    """

    hits: list[Hit]
    total: int
    page: int
    looked_at: int
    since: datetime | None
    further: int | None

    @property
    def next_page(self) -> int | None:
        """The number of the following page of the same posts."""
        return self.page + 1 if self.page * SHOWN < self.total else None


def words_of(text: str) -> list[str]:
    """The sought words, folded; at most five."""
    return list(dict.fromkeys(folded(text).split()))[:MOST_WORDS]


def posts(
    member, words: Sequence[str], *, only_questions=False, before: int | None = None, page: int = 1
) -> Found:
    """Posts the member may read that hold all words, in their text or heading, newest first; four queries.

    `before`: only posts with a smaller id are looked through.
    """
    probed = Post.objects.filter(id__lt=before) if before else Post.objects.filter()
    probed = probed.order_by("-id")[:PROBED]
    edge = list(probed.values_list("id", "posted_at"))
    # By the numbers of its ends: of a subquery PostgreSQL folds the words of the whole site first.
    newest, oldest = (edge[0][0], edge[-1][0]) if edge else (0, 0)
    found = Post.objects.visible_to(member).filter(removed_at=None, id__gte=oldest, id__lte=newest)
    # Of a closed channel one has left, no page shows what stands in the own stay.
    found = found.filter(channel__in=Channel.objects.visible_to(member))
    if only_questions:
        found = found.filter(question__isnull=False)
    heading = Coalesce(F("question__title"), Value(""))
    haystack = Folded(Concat(heading, Value("\n"), F("text"), output_field=TextField()))
    ids = list(_holding(found, haystack, words).order_by("-posted_at", "-id").values_list("pk", flat=True))
    return Found(
        hits=_hits(ids[(page - 1) * SHOWN : page * SHOWN], words),
        total=len(ids),
        page=page,
        looked_at=len(edge),
        since=edge[-1][1] if edge else None,
        further=edge[-1][0] if len(edge) == PROBED else None,
    )


def _holding(rows: QuerySet, haystack, words: Sequence[str]) -> QuerySet:
    sought = [GreaterThan(StrIndex("haystack", Value(word)), 0) for word in words]
    return rows.annotate(haystack=haystack).filter(*sought)


def _hits(ids: list[int], words: Sequence[str]) -> list[Hit]:
    joined = Post.objects.filter(pk__in=ids).select_related(
        "channel", "author", "affiliation__organisation", "question"
    )
    found = sorted(joined, key=lambda post: ids.index(post.pk))
    badges = parts.badges_of(found)
    return [Hit(post, badges[post.pk], words) for post in found]


def channels(member, words: Sequence[str]) -> list[dict]:
    """The first channels of the directory whose name, reading or purpose holds all words; one query."""
    haystack = Folded(Concat("name", Value("\n"), "kana", Value("\n"), "purpose", output_field=TextField()))
    listed = _holding(Channel.objects.listed_for(member).living(), haystack, words)
    return [
        {"channel": channel, "name": marked(channel.name, words), "purpose": marked(channel.purpose, words)}
        for channel in listed.order_by("-member_count", "id").defer("guide", "guide_html")[:CHANNELS]
    ]
