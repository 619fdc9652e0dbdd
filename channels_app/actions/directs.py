"""Direct conversations (ダイレクト) of two to eight members."""

from collections.abc import Sequence
from secrets import token_hex

from django.db import connection

from accounts.models import Member
from channels_app.actions.channels import admit_many, open_channel
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Membership
from kyoso.lib.deeds import deed

MOST = 8  # members of one conversation; more is a group with a name
NAME_LIMIT = 40


@deed
def talk_with(member, others: Sequence[Member]) -> Channel:
    """The one conversation of exactly these members, opened when there is none yet.

    Raises Refused for nobody else, more than 8 together, and somebody who is suspended or has left. Side
    effects in order: the channel with its key, its stream, a membership for each, by which every message
    reaches the inbox, the announcements.
    """
    people = sorted({one.pk: one for one in (member, *others)}.values(), key=lambda one: one.pk)
    if len(people) < 2:
        raise Refused("自分だけの会話は作れません。相手を選んでください。")
    if len(people) > MOST:
        raise Refused(f"一度に話せるのは、自分を入れて{MOST}人までです。")
    key = "-".join(str(one.pk) for one in people)
    _hold(key)
    if found := Channel.objects.filter(direct_key=key).first():
        return found
    if not all(one.is_active for one in people):
        raise Refused("いま利用していない会員には、送れません。")
    channel = open_channel(
        member,
        slug=f"direct-{token_hex(6)}",
        name=_name_of(people),
        kind=Channel.Kind.DIRECT,
        direct_key=key,
    )
    admit_many(people, channel, level=Membership.Level.ALL)
    return channel


def _hold(key: str) -> None:
    """Two who write to each other at the same moment get one conversation: the second one waits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"direct {key}"])


def _name_of(people: Sequence[Member]) -> str:
    """Everybody's names, as far as they fit; pages show each member the names of the others instead."""
    names = "、".join(one.name for one in people)
    return names if len(names) <= NAME_LIMIT else names[: NAME_LIMIT - 1] + "…"
