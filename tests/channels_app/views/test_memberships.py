"""Joining and leaving a channel."""

import pytest

from channels_app.models import Channel, LiveEvent, Membership
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, error_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
ADDRESS = "/channels/madoguchi-dx/membership/"


@pytest.fixture
def miura():
    """Somebody who has not joined; tanaka has."""
    factories.channel("madoguchi-dx", person("tanaka"))
    return person("miura")


def inside() -> list[str]:
    return sorted(Membership.objects.current().values_list("member__name", flat=True))


def test_join_and_leave(miura):
    client = signed_in(miura)
    assert "参加する" in client.get("/channels/madoguchi-dx/").content.decode()
    answer = client.post(ADDRESS, {"deed": "join", "next": "/channels/"})
    assert (answer.status_code, answer["Location"]) == (303, f"/channels/#row-{Channel.objects.get().pk}")
    assert inside() == ["三浦 健太", "田中 里奈"]
    assert "「窓口DX」に参加しました。" in client.get("/channels/madoguchi-dx/").content.decode()
    assert client.post(ADDRESS, {"deed": "leave"})["Location"] == "/channels/madoguchi-dx/"
    assert inside() == ["田中 里奈"]


def test_join_again_changes_nothing(miura):
    client = signed_in(miura)
    for deed in ("join", "join", "leave", "leave"):
        assert client.post(ADDRESS, {"deed": deed}, **JSON).json() == {"joined": deed == "join"}
    kinds = [LiveEvent.Kind.MEMBER_JOINED, LiveEvent.Kind.MEMBER_LEFT]
    told = LiveEvent.objects.filter(kind__in=kinds, obj_id=miura.pk).values_list("kind", flat=True)
    assert sorted(told) == kinds


def test_nothing_is_unread_on_joining(miura):
    factories.post(Membership.objects.get().member, Channel.objects.get())
    client = signed_in(miura)
    client.post(ADDRESS, {"deed": "join"})
    answer = client.get("/channels/madoguchi-dx/")
    assert (answer.context["visit"].unread, "ここから新着" in answer.content.decode()) == (0, False)


def test_a_deed_is_named(miura):
    told = signed_in(miura).post(ADDRESS, {"deed": "destroy"}, **JSON)
    assert error_of(told) == (422, "参加するか退出するかを選んでください。", "")
    assert inside() == ["田中 里奈"]


def test_closed_channels_are_404_for_strangers_and_gone_after_leaving(miura):
    tanaka = Membership.objects.get().member
    factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    for deed in ("join", "leave"):
        assert signed_in(miura).post("/channels/shikoku/membership/", {"deed": deed}).status_code == 404
    client = signed_in(tanaka)
    assert client.post("/channels/shikoku/membership/", {"deed": "leave"})["Location"] == "/channels/"
    assert client.get("/channels/shikoku/").status_code == 404


def test_join_an_archived_channel_is_refused(miura):
    Channel.objects.update(archived_at="2026-11-01T00:00:00Z")
    assert signed_in(miura).post(ADDRESS, {"deed": "join"}).status_code == 403
    assert signed_in(miura).post(ADDRESS, {"deed": "join"}, **JSON).status_code == 403
    assert inside() == ["田中 里奈"]


def test_change_needs_a_member_a_channel_and_post(miura):
    assert_asks_to_sign_in(ADDRESS, "post")
    assert_only("post", ADDRESS, miura)
    assert signed_in(miura).post("/channels/nai/membership/", {"deed": "join"}).status_code == 404
