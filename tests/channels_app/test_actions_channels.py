"""Making channels and being in them: what happens, and what others learn of it."""

import pytest

from channels_app.actions.channels import admit, join_channel, leave_channel
from channels_app.actions.posts import Refused
from channels_app.models import Channel, LiveEvent, Membership
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db
CHANGED = LiveEvent.Kind.CHANNELS_CHANGED


def test_the_site_is_told_of_open_channels_by_id_and_of_closed_ones_without():
    opened = factories.channel("madoguchi-dx")
    factories.channel("junbikai", kind=Channel.Kind.PRIVATE)
    told = LiveEvent.objects.filter(stream__kind="s", kind=CHANGED).order_by("n")
    assert list(told.values_list("obj_id", flat=True)) == [opened.pk, 0]


def test_a_second_stay_is_a_second_row_and_nothing_is_unread_in_it():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    leave_channel(miura, channel)
    leave_channel(miura, channel)
    factories.post(tanaka, channel)
    stay = join_channel(miura, channel)
    assert join_channel(miura, channel).pk == stay.pk
    stays = Membership.objects.filter(member=miura, channel=channel).order_by("pk")
    assert [(s.left_n is None, s.read_posts) for s in stays] == [(False, 0), (True, 1)]


def test_closed_and_archived_channels_are_not_joined():
    tanaka = person("tanaka")
    closed = factories.channel("junbikai", kind=Channel.Kind.PRIVATE)
    old = factories.channel("kyu-system", archived_at="2026-03-31T00:00:00Z")
    for channel, sentence in [(closed, "招待がないと"), (old, "保管済み")]:
        with pytest.raises(Refused, match=sentence):
            join_channel(tanaka, channel)
    assert Membership.objects.count() == 0
    admit(tanaka, closed)
    assert list(Channel.objects.joined_by(tanaka)) == [closed]
