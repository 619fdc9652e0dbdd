"""How the kinds of channels differ: one class per kind, which opens with what the kind is.

Whoever needs to know something about a kind asks `channel.behaviour`; nobody compares kinds.
"""

ARCHIVED = "このチャンネルは保管済みです。読むことだけできます。"
OUTSIDE = "投稿するには、先にこのチャンネルに参加してください。"
INVITED_ONLY = "このチャンネルには招待がないと参加できません。"
ONLY_ANNOUNCERS = "お知らせを始められるのは国の機関と事務局だけです。返信とスタンプはどなたでもできます。"
NOBODY_LEFT = (
    "相手の方が利用を休んでいるか退会したため、送れません。ほかの人にも役立つ話は、チャンネルへどうぞ。"
)


class Behaviour:
    """What every kind does unless it says otherwise: open to all, and everybody in it opens threads.

    `is_closed`: only its members see it. `is_listed`: it stands in the directory. `everybody_pins`: not only
    stewards pin posts. `owner_leads`: a named owner appoints stewards, not the secretariat. `can_be_left`:
    one may go and come again. `note`: a sentence that its page says about the kind, "" for none.
    """

    is_closed = False
    is_listed = True
    everybody_pins = False
    owner_leads = False
    can_be_left = True
    clears_itself = False
    note = ""

    def refusal_to_open(self, member) -> str:
        """Why a member of the channel may not open a thread in it, or ""."""
        return ""

    def refusal_to_write(self, channel, member) -> str:
        """Why nobody can write in it at the moment, or ""."""
        return ""


class Topic(Behaviour):
    """A place for one subject of work, open to everybody."""


class Regional(Behaviour):
    """A place for the staff of one prefecture, or of bodies with like duties; offered by affiliation."""


class Announcement(Behaviour):
    """A place where agencies and the secretariat begin, and everybody replies and reacts."""

    note = "お知らせを始められるのは国の機関と事務局です。返信とスタンプはどなたでもどうぞ。"

    def refusal_to_open(self, member) -> str:
        """Only agency staff and the secretariat open threads."""
        return "" if may_announce(member) else ONLY_ANNOUNCERS


class Casual(Behaviour):
    """A place for talk beside work."""


class Practice(Behaviour):
    """A place to try things out: it clears itself, so nothing said here stays."""

    clears_itself = True
    note = "練習用の場です。投稿は24時間たつと自動で消えます。"


class Private(Behaviour):
    """A place of a named group: its owner and stewards invite, and it may say that it exists."""

    is_closed = True
    everybody_pins = True
    owner_leads = True
    note = "招待された人だけが読み書きできる、非公開のチャンネルです。"


class Direct(Behaviour):
    """A conversation of two to eight members, one per set of members."""

    is_closed = True
    is_listed = False
    everybody_pins = True
    can_be_left = False
    note = "参加している人だけの場です。仕事の質問は、チャンネルで聞くと同じことで困っている人にも届きます。"

    def refusal_to_write(self, channel, member) -> str:
        """Somebody else must be there to read it."""
        others = channel.memberships.filter(left_n=None, member__is_active=True).exclude(member=member)
        return "" if others.exists() else NOBODY_LEFT


def may_announce(member) -> bool:
    """Whether a member may open threads in an announcement channel: agency staff and the secretariat."""
    affiliation = member.affiliation
    return member.is_secretariat or (affiliation is not None and not affiliation.organisation.is_local)


# By the value of Channel.Kind.
BEHAVIOURS: dict[str, Behaviour] = {
    "topic": Topic(),
    "regional": Regional(),
    "announcement": Announcement(),
    "casual": Casual(),
    "practice": Practice(),
    "private": Private(),
    "direct": Direct(),
}
