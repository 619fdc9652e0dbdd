"""The picker: what a member may press on a post, in the order in which people look for it."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Member
from channels_app import viewer
from channels_app.models import OwnStamp, Post, Reaction
from channels_app.models.stamps import HEADINGS, Stamp, emoji, stamps, stamps_by_code

# The five that say something about the work stand first, with what they mean.
MEANINGS = {
    "onaji": "うちも困っている",
    "yatteru": "すでに取り組んでいる",
    "tasukatta": "読んで役に立った",
    "chigau": "ほかの見方を伝える",
    "arigato": "お礼を伝える",
}


@dataclass(frozen=True)
class Picker:
    """Stamps for one post and one member: `mine` are pressed, `recent` and `own` cost a query each.

    `words` were typed to search; without them everything is offered.
    """

    post: Post
    mine: Sequence[str]
    recent: Sequence[Stamp]
    own: Sequence[Stamp]
    words: str = ""

    @property
    def meanings(self) -> list[tuple[Stamp, str]]:
        """The five with what they mean."""
        rows = [(stamps()[code], meaning) for code, meaning in MEANINGS.items()]
        return [(stamp, meaning) for stamp, meaning in rows if stamp.fits(self.words)]

    @property
    def groups(self) -> list[tuple[str, list[Stamp]]]:
        """(heading, stamps) of everything else; headings without stamps are left out."""
        others = [stamp for code, stamp in stamps().items() if code not in MEANINGS]
        everything = [stamp for stamp in (*others, *self.own, *emoji().values()) if stamp.fits(self.words)]
        rows = [(head, [s for s in everything if s.group in groups]) for head, groups in HEADINGS.items()]
        return [row for row in rows if row[1]]

    @property
    def found_any(self) -> bool:
        """Whether the words fit anything."""
        return bool(self.meanings or self.groups)


def of(member: Member, post: Post, words: str = "") -> Picker:
    """The picker of a member at a post; at most four queries. A search leaves out what was used last."""
    mine = viewer.reactions_of(member, [post.pk]).get(post.pk, [])
    own = [row.stamp for row in OwnStamp.objects.visible_to(member).offered().light()]
    codes = [] if words else Reaction.objects.recent_of(member)
    known = stamps_by_code(codes)
    offered = {stamp.code for stamp in own}
    recent = [known[code] for code in codes if code in known and _may_be_pressed(known[code], offered)]
    return Picker(post, mine, recent, own, words)


def _may_be_pressed(stamp: Stamp, offered: set[str]) -> bool:
    return stamp.code in offered or not stamp.digest
