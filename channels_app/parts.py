"""Parts: what a post's fragment shows besides the post's own row.

Each part is loaded for a whole batch of posts, so that a page of fifty asks no more than one of one. A part
reaches templates/posts/_post.html by its name in PARTS, which includes one small template for it. Every
change of what a part shows raises the post's `v` (channels_app.actions.versions) and announces an event.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from accounts.models import Ambassador
from channels_app.models import Attachment, Post, Question, Reaction
from channels_app.models.reactions import StampCount
from kyoso.lib import markdown

FACES = 3
JOINED = ("channel", "author", "affiliation__organisation", "question", "answers", "pin")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `load(rows)` gives {post id: value} for posts joined by JOINED; a post left out has none.

    `at_birth`: whether a post may have it in its first version. What only comes later (stamps, replies) is
    not asked for when a post is published.
    """

    load: Callable[[Sequence[Post]], Mapping[int, Any]]
    at_birth: bool = True


def parts_of(rows: Sequence[Post], *, at_birth: bool = False) -> dict[int, dict[str, Any]]:
    """Every part of every post, by post id and name; a constant number of queries."""
    loaded = {name: part.load(rows) for name, part in PARTS.items() if part.at_birth or not at_birth}
    return {row.pk: {name: values.get(row.pk) for name, values in loaded.items()} for row in rows}


def stamp_counts_of(rows: Sequence[Post]) -> dict[int, list[StampCount]]:
    """Counts per post, the most pressed first; one query, and one more for the deployment's own stamps."""
    return Reaction.objects.counts_of([row.pk for row in rows])


def faces_of(rows: Sequence[Post]) -> dict[int, list]:
    """The last few different people in each thread; one query."""
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


def questions_of(rows: Sequence[Post]) -> dict[int, Question]:
    """The question that a root post asks; comes with the joined row."""
    return {row.pk: question for row in rows if not row.is_reply and (question := _joined(row, "question"))}


def accepted_of(rows: Sequence[Post]) -> dict[int, Question]:
    """The question that a reply was accepted for; comes with the joined row."""
    return {row.pk: question for row in rows if row.is_reply and (question := _joined(row, "answers"))}


def pinned(rows: Sequence[Post]) -> dict[int, bool]:
    """True for a pinned post; comes with the joined row."""
    return {row.pk: True for row in rows if _joined(row, "pin")}


def mentions_of(rows: Sequence[Post]) -> dict[int, str]:
    """Whom a post addresses, as its rendered text says: "m7 o12 a"; no query."""
    return {row.pk: marks for row in rows if (marks := " ".join(markdown.mentions_in(row.html)))}


def files_of(rows: Sequence[Post]) -> dict[int, list[Attachment]]:
    """The files of each post, pictures before the others, each in order; one query."""
    found: dict[int, list[Attachment]] = defaultdict(list)
    files = Attachment.objects.standing().filter(post_id__in=[row.pk for row in rows])
    for file in sorted(files, key=lambda file: not file.is_picture):
        found[file.post_id].append(file)
    return found


def _joined(row: Post, name: str) -> Any:
    try:
        return getattr(row, name)
    except ObjectDoesNotExist:
        return None


# The table: the name in _post.html, and its loader. Append yours.
PARTS: dict[str, Part] = {
    "badges": Part(badges_of),
    "counts": Part(stamp_counts_of, at_birth=False),
    "faces": Part(faces_of, at_birth=False),
    "question": Part(questions_of),
    "accepted": Part(accepted_of, at_birth=False),
    "pinned": Part(pinned, at_birth=False),
    "mentions": Part(mentions_of),
    "files": Part(files_of),
}
