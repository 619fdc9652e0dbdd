"""How the kinds of channels differ."""

import pytest
from django.utils import timezone

from accounts.models import Member
from channels_app.models import Channel, Membership
from channels_app.models.kinds import ARCHIVED, BEHAVIOURS, NOBODY_LEFT, ONLY_ANNOUNCERS, OUTSIDE
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db
Kind = Channel.Kind
STEWARD, OWNER, MEMBER = Membership.Role.STEWARD, Membership.Role.OWNER, Membership.Role.MEMBER


def test_every_kind_has_a_behaviour_that_says_what_it_is():
    assert set(BEHAVIOURS) == {kind.value for kind in Kind}
    assert [kind for kind, one in BEHAVIOURS.items() if not type(one).__doc__.startswith("A ")] == []


def test_closed_kinds_are_private_and_direct():
    assert sorted(Channel.CLOSED_KINDS) == ["direct", "private"]


def refusals(kind: str, member, *, inside=True, **facts) -> tuple[str, str]:
    """Why a member may not open a thread, and not reply."""
    channel = factories.channel(f"c-{kind}", *([member] if inside else []), kind=kind, **facts)
    stay = Membership.objects.filter(channel=channel, member=member).first()
    return channel.refusal_to_post(member, stay), channel.refusal_to_post(member, stay, replying=True)


@pytest.mark.parametrize("kind", [Kind.TOPIC, Kind.REGIONAL, Kind.CASUAL, Kind.PRACTICE, Kind.PRIVATE])
def test_most_kinds_let_everybody_in_them_write(kind):
    assert refusals(kind, person("tanaka")) == ("", "")


def test_announcements_are_begun_by_agencies_and_the_secretariat_and_answered_by_all():
    assert refusals(Kind.ANNOUNCEMENT, person("tanaka")) == (ONLY_ANNOUNCERS, "")
    channel = Channel.objects.get()
    for key in ("ito", "oonishi"):
        stay = factories.channels.admit(person(key), channel)
        assert channel.refusal_to_post(stay.member, stay) == ""


def test_outside_and_after_archiving_nobody_writes():
    assert refusals(Kind.TOPIC, person("tanaka"), inside=False) == (OUTSIDE, OUTSIDE)
    assert refusals(Kind.CASUAL, person("miura"), archived_at=timezone.now()) == (ARCHIVED, ARCHIVED)


@pytest.mark.parametrize("column", ["suspended_at", "departed_at"])
def test_a_direct_conversation_needs_somebody_who_reads_it(column):
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("direct-1", tanaka, miura, kind=Kind.DIRECT)
    stay = Membership.objects.get(member=tanaka)
    assert channel.refusal_to_post(tanaka, stay) == ""
    Member.objects.filter(pk=miura.pk).update(**{column: timezone.now()})
    assert channel.refusal_to_post(tanaka, stay, replying=True) == NOBODY_LEFT


# (kind, role, whether in the secretariat): (tends, pins, leads)
RIGHTS = {
    ("topic", "", False): (False, False, False),
    ("topic", MEMBER, False): (False, False, False),
    ("topic", STEWARD, False): (True, True, False),
    ("topic", "", True): (True, True, True),
    ("private", MEMBER, False): (False, True, False),
    ("private", STEWARD, False): (True, True, False),
    ("private", OWNER, False): (True, True, True),
    ("private", MEMBER, True): (False, True, False),
    ("direct", MEMBER, False): (False, True, False),
    ("direct", "", True): (False, False, False),
}


@pytest.mark.parametrize(("case", "rights"), RIGHTS.items())
def test_who_tends_pins_and_leads(case, rights):
    kind, role, in_secretariat = case
    member = Member(role=Member.Role.SECRETARIAT if in_secretariat else Member.Role.MEMBER)
    channel = Channel(kind=kind)
    found = (
        channel.is_tended_by(member, role),
        channel.is_pinned_by(member, role),
        channel.is_led_by(member, role),
    )
    assert found == rights
