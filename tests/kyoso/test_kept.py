from datetime import date

import pytest
from django.db.models import Exists, OuterRef

from accounts.models import Member
from channels_app import viewer
from channels_app.models import Channel, Membership
from channels_app.views import shell
from kyoso.lib.kept import Kept
from tests import factories, people

pytestmark = pytest.mark.django_db


def named(name: str, at_least: int):
    return Member.objects.filter(name=name, pk__gte=at_least).values_list("name", "pk")


def test_values_take_their_places_whatever_their_order():
    tanaka, miura = people.person("tanaka"), people.person("miura")
    kept = Kept(named, name=str, at_least=int)
    assert kept.rows(at_least=tanaka.pk, name=tanaka.name) == [(tanaka.name, tanaka.pk)]
    assert kept.rows(name=miura.name, at_least=miura.pk) == [(miura.name, miura.pk)]
    assert kept.rows(name=miura.name, at_least=miura.pk + 1) == []


def test_the_query_is_built_once(django_assert_num_queries):
    built = []

    def counted(**values):
        built.append(values)
        return named(**values)

    kept = Kept(counted, name=str, at_least=int)
    with django_assert_num_queries(2):
        kept.rows(name="田中 里奈", at_least=0)
        kept.rows(name="三浦 健太", at_least=0)
    assert len(built) == 1


def test_hostile_text_stays_a_value():
    people.person("tanaka")
    assert Kept(named, name=str, at_least=int).rows(name="' OR 1=1 --%s%", at_least=0) == []


def test_a_value_without_a_place_is_an_error():
    kept = Kept(lambda name, unused: named(name, 1), name=str, unused=int)
    with pytest.raises(ValueError, match="unused"):
        kept.rows(name="田中 里奈", unused=3)


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="at_least"):
        Kept(named, name=str, at_least=int).rows(name="田中 里奈")


def test_one_value_may_stand_in_several_places():
    tanaka = people.person("tanaka")
    factories.channel("bousai", tanaka)
    inside = Membership.objects.filter(channel=OuterRef("pk"))

    def of(member):
        return Channel.objects.filter(
            Exists(inside.filter(member=member)), memberships__member=member
        ).values_list("slug")

    assert Kept(of, member=int).rows(member=tanaka.pk) == [("bousai",)]


def test_a_list_takes_as_many_places_as_it_has_numbers():
    tanaka, miura, _ = (people.person(key) for key in ("tanaka", "miura", "ito"))

    def among(members: int, day: date):
        joined = Member.objects.filter(pk__in=[members], joined_at__date__gte=day)
        return joined.exclude(name="%s").order_by("pk").values_list("pk")

    kept = Kept(among, members=list, day=date)
    assert kept.rows(members=[miura.pk], day=date(2026, 1, 1)) == [(miura.pk,)]
    assert kept.rows(members=[miura.pk, tanaka.pk], day=date(2026, 1, 1)) == [(tanaka.pk,), (miura.pk,)]
    assert kept.rows(members=[miura.pk, tanaka.pk], day=date(9999, 1, 1)) == []


@pytest.mark.parametrize("kind", [Channel.Kind.TOPIC, Channel.Kind.PRIVATE])
@pytest.mark.parametrize("inside", [True, False])
def test_a_visit_is_what_visible_to_says(kind, inside):
    tanaka, miura = people.person("tanaka"), people.person("miura")
    channel = factories.channel("machi", miura, *([tanaka] if inside else []), kind=kind, name="街")
    factories.post(miura, channel)
    if not Channel.objects.visible_to(tanaka).exists():
        assert (kind, inside) == (Channel.Kind.PRIVATE, False)
        with pytest.raises(Channel.DoesNotExist):
            viewer.visit(tanaka, "machi")
        return
    visit, stay = viewer.visit(tanaka, "machi"), Membership.objects.current().filter(member=tanaka).first()
    assert vars(visit.channel)["id"] == channel.pk
    fresh = Channel.objects.get(pk=channel.pk)
    names = [field.attname for field in Channel._meta.concrete_fields]
    assert [getattr(visit.channel, name) for name in names] == [getattr(fresh, name) for name in names]
    assert (visit.stay, visit.last_read_n) == ((stay.pk, stay.last_read_n) if inside else (None, None))


def test_a_suspended_member_visits_nothing():
    tanaka = people.person("tanaka")
    factories.channel("machi", tanaka)
    assert viewer.visit(tanaka, "machi").channel.slug == "machi"
    Member.objects.filter(pk=tanaka.pk).update(suspended_at="2026-04-01T00:00:00Z")
    with pytest.raises(Channel.DoesNotExist):
        viewer.visit(Member.objects.get(pk=tanaka.pk), "machi")


def test_the_sidebar_has_ones_own_channels_only():
    tanaka, miura = people.person("tanaka"), people.person("miura")
    factories.channel("machi", tanaka, miura, name="街")
    theirs = factories.channel("hoka", miura, name="外")
    factories.post(miura, theirs)
    assert [row.slug for row in shell.channels_of(tanaka)] == ["machi"]
    assert [(row.slug, row.unread) for row in shell.channels_of(miura)] == [("hoka", 0), ("machi", 0)]
