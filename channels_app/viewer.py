"""What belongs to the one who looks: the only part of a channel page that differs between members.

Fragments and windows are the same for everybody; the page adds these facts in one small JSON block.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Affiliation, Ambassador, Member
from channels_app import fragments, stays
from channels_app.live import log
from channels_app.models import Channel, Draft, LiveMeta, LiveStream, Membership, Pin
from channels_app.models.stamps import stamps
from kyoso.lib.kept import Kept


@dataclass(frozen=True)
class Visit:
    """A member in front of a channel they may see.

    `head` and `posts` are those of the channel's stream when the page was asked for, older than whatever is
    read afterwards (docs/live.md, catch-up). `stay` is the id of the member's current membership, None for
    somebody who only looks in; then `last_read_n` and `read_posts` are None too. `own` is what they set for
    themselves. A direct conversation has the others' names here. `draft` is what they have not sent yet,
    with `draft_title` if it is a question;
    `workplace` the id of their organisation, `regions` the prefectures whose ambassador they are today.
    """

    member: Member
    channel: Channel
    head: int
    posts: int
    epoch: str
    stay: int | None
    last_read_n: int | None
    read_posts: int | None
    own: stays.Stay = stays.NONE
    pins: int = 0
    draft: str = ""
    draft_title: str = ""
    workplace: int | None = None
    regions: tuple[str, ...] = ()

    @property
    def joined(self) -> bool:
        """Whether the member is in the channel."""
        return self.stay is not None

    @property
    def unread(self) -> int:
        """Channel-visible posts since the member last read; 0 for somebody who only looks in."""
        return 0 if self.read_posts is None else max(0, self.posts - self.read_posts)

    def refusal(self, *, replying: bool = False) -> str:
        """Why the member may not write here, as a sentence, or ""."""
        return self.channel.refusal_to_post(self.member, self.stay, replying=replying)

    @property
    def may_tend(self) -> bool:
        """Whether the member edits guide and pins here."""
        return self.channel.is_tended_by(self.member, self.own.role)

    def facts(self, post_ids: Iterable[int]) -> dict:
        """The page's viewer block: who looks, which stamps are theirs, how far they have read."""
        return {
            "member": self.member.pk,
            **marks_of(self.member, post_ids),
            "last_read_n": self.last_read_n,
            "joined": self.joined,
            "called": self.called,
        }

    @property
    def called(self) -> list[str]:
        """The marks of mentions that address the member here: m7, o12, a (channels_app.addressees)."""
        organisation = [f"o{self.workplace}"] if self.workplace and self.joined else []
        regional = self.channel.kind == Channel.Kind.REGIONAL and self.channel.prefecture_code
        serves = regional in self.regions if regional else self.regions and self.joined
        return [f"m{self.member.pk}", *organisation, *(["a"] if serves else [])]


def visit(member: Member, slug: str) -> Visit:
    """Everything a channel page needs about the channel, its stream and the member's stay, in one query.

    Raises Channel.DoesNotExist for a channel the member may not see.
    """
    # The kept query asks for an active member's channels; nobody else has any.
    known = {"member_id": member.pk, "slug": slug, "day": timezone.localdate()}
    rows = VISITS.rows(**known) if member.is_active else []
    if not rows:
        raise Channel.DoesNotExist(slug)
    row = rows[0]
    channel = Channel.from_db(None, CHANNEL_FIELDS, row[: len(CHANNEL_FIELDS)])
    found = row[len(CHANNEL_FIELDS) :]
    head, posts, stay, last_read_n, read_posts, epoch, own, pins, text, title, *rest = found
    work, regions, channel.name = rest
    fragments.cache.keep_for(epoch)
    unsent = (text or "", title or "")
    place = (stay, last_read_n, read_posts, stays.stay_of(own), pins or 0, *unsent, work, tuple(regions))
    return Visit(member, channel, head, posts, str(epoch or log.epoch()), *place)


def _visits(member_id: int, slug: str, day: date) -> QuerySet:
    member = Member.from_db(None, ["id", "is_active"], [member_id, True])
    stream = LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL, ref_id=OuterRef("pk"))
    stay = Membership.objects.current().of(member)
    pins = Pin.objects.filter(channel=OuterRef("pk")).order_by()
    draft = Draft.objects.filter(member=member, channel=OuterRef("pk"), root=None).order_by()
    terms = Ambassador.objects.serving(day).filter(member=member)
    found = {
        "head": Subquery(stream.values("head")),
        "posts_ever": Subquery(stream.values("posts")),
        "stay": Subquery(stay.values("pk")),
        "last_read_n": Subquery(stay.values("last_read_n")),
        "read_posts": Subquery(stay.values("read_posts")),
        "epoch": Subquery(LiveMeta.objects.values("epoch")[:1]),
        "own": Subquery(stay.values(own=stays.OWN)),
        "pin_count": Subquery(pins.values("channel").annotate(n=Count("pk")).values("n")),
        "draft": Subquery(draft.values("text")),
        "draft_title": Subquery(draft.values("title")),
        "workplace": Subquery(Affiliation.objects.current().filter(member=member).values("organisation")),
        "regions": ArraySubquery(terms.values("prefecture_code")),
        "shown_name": stays.shown_name(member_id),
    }
    channels = Channel.objects.visible_to(member).filter(slug=slug).annotate(**found)
    return channels.values_list(*CHANNEL_FIELDS, *found)


CHANNEL_FIELDS = [field.attname for field in Channel._meta.concrete_fields]
VISITS = Kept(_visits, member_id=int, slug=str, day=date)


# Written out because a kept query has a place for one value, not for fifty.
OWN_MARKS = """
SELECT post_id, stamp FROM channels_app_reaction WHERE member_id = %(member)s AND post_id = ANY(%(posts)s)
UNION ALL
SELECT post_id, '' FROM channels_app_bookmark
WHERE member_id = %(member)s AND post_id = ANY(%(posts)s) AND done_at IS NULL
"""


def marks_of(member, post_ids: Iterable[int]) -> dict:
    """What a member put on some posts: their own stamps, and which of them they keep for later; one query.

    `reactions`: stamps by post id, those of the house first and in their order; `saved`: ids of posts.
    """
    mine: dict[int, list[str]] = {}
    saved: list[int] = []
    with connection.cursor() as cursor:
        cursor.execute(OWN_MARKS, {"member": member.pk, "posts": list(post_ids)})
        for post_id, stamp in cursor:
            if stamp:
                mine.setdefault(post_id, []).append(stamp)
            else:
                saved.append(post_id)
    return {
        "reactions": {post_id: sorted(codes, key=_place) for post_id, codes in mine.items()},
        "saved": sorted(saved),
    }


def reactions_of(member, post_ids: Iterable[int]) -> dict[int, list[str]]:
    """The member's own stamps by post id; one query."""
    return marks_of(member, post_ids)["reactions"]


def _place(code: str) -> tuple[int, str]:
    """Where a stamp stands: those of the house in their order, then the others."""
    return list(stamps()).index(code) if code in stamps() else len(stamps()), code
