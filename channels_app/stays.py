"""What pages show of a member's own stay in a channel, as parts of the kept queries that ask for it."""

import json
from dataclasses import dataclass

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, OuterRef, Subquery, TextField, When
from django.db.models.functions import Coalesce, JSONObject

from channels_app.models import Channel, Membership

OWN = JSONObject(role="role", favourite="favourite_at", muted="muted_at", level="level", section="section_id")


@dataclass(frozen=True)
class Stay:
    """A present stay: the member's role, and what they set for themselves. All empty without one."""

    role: str = ""
    favourite: bool = False
    muted: bool = False
    level: str = ""
    section: int | None = None

    @property
    def level_label(self) -> str:
        """What reaches the inbox, in words."""
        return Membership.Level(self.level).label if self.level else ""


NONE = Stay()


def stay_of(told: str | dict | None) -> Stay:
    """The stay that OWN told, or an empty one for None."""
    if told is None:
        return NONE
    facts = told if isinstance(told, dict) else json.loads(told)
    favourite, muted = facts.pop("favourite") is not None, facts.pop("muted") is not None
    return Stay(favourite=favourite, muted=muted, **facts)


def shown_name(member_id: int, prefix: str = "") -> Coalesce:
    """A channel's name as a member sees it: a direct conversation is called by the others in it.

    `prefix` leads from the queried model to the channel: "channel__".
    """
    others = (
        Membership.objects.filter(channel=OuterRef(f"{prefix}pk"))
        .exclude(member=member_id)
        .order_by()
        .values("channel")
        .annotate(names=StringAgg("member__name", "、", order_by="member__kana"))
        .values("names")
    )
    direct = When(**{f"{prefix}kind": Channel.Kind.DIRECT}, then=Subquery(others))
    own = F(f"{prefix}name")
    return Coalesce(Case(direct, default=own, output_field=TextField()), own, output_field=TextField())
