"""Pins and guides: what a channel keeps at hand, and who decides it."""

import pytest

from accounts.models import AuditEntry, Member
from channels_app import fragments
from channels_app.actions import guides, pins, stewards
from channels_app.actions.posts import remove_post
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, LiveEvent, Membership, Pin, Post
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, assert_only, queries_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """(steward, participant, secretariat, post) in 窓口DX."""
    tanaka, miura, oonishi = person("tanaka"), person("miura"), person("oonishi")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    stewards.appoint(oonishi, Membership.objects.get(member=tanaka))
    return tanaka, miura, oonishi, factories.post(miura, channel, "手順をまとめました。")


def deeds() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("deed", flat=True))


def test_stewards_and_the_secretariat_pin(cast):
    tanaka, _, oonishi, post = cast
    pin = pins.pin_post(tanaka, post)
    assert (pin.channel, pin.pinned_by, Post.objects.get().v) == (post.channel, tanaka, 2)
    assert pins.pin_post(oonishi, post).pk == pin.pk
    assert pins.unpin_post(oonishi, post) is True
    assert pins.unpin_post(oonishi, post) is False
    assert deeds() == ["channel.steward_appointed", "post.pinned", "post.unpinned"]
    told = LiveEvent.objects.filter(kind=LiveEvent.Kind.POST_PINNED).order_by("n")
    assert [(event.obj_id, event.ver) for event in told] == [(post.pk, 2), (post.pk, 3)]


def test_others_do_not(cast):
    _, miura, _, post = cast
    for deed in (pins.pin_post, pins.unpin_post):
        with pytest.raises(Refused, match="世話役と事務局"):
            deed(miura, post)
    assert Pin.objects.count() == 0


def test_everybody_pins_in_private_and_direct_channels_without_a_record(cast):
    tanaka, miura, oonishi, _ = cast
    for kind in ("private", "direct"):
        channel = factories.channel(f"c-{kind}", tanaka, miura, kind=kind)
        pins.pin_post(miura, factories.post(tanaka, channel))
        with pytest.raises(Refused):
            pins.pin_post(oonishi, factories.post(tanaka, channel))
    assert Pin.objects.count() == 2
    assert deeds() == ["channel.steward_appointed"]


def test_what_cannot_be_pinned(cast):
    tanaka, miura, _, post = cast
    remove_post(miura, post)
    with pytest.raises(Refused, match="取り消された"):
        pins.pin_post(tanaka, Post.objects.select_related("channel").get())
    other = factories.post(miura, post.channel)
    Channel.objects.update(archived_at="2026-11-01T00:00:00Z")
    with pytest.raises(Refused, match="保管済み"):
        pins.pin_post(tanaka, Post.objects.select_related("channel").get(pk=other.pk))


def test_fifty_pins_are_the_most(cast):
    tanaka, miura, _, post = cast
    for number in range(pins.MOST):
        made = factories.post(miura, post.channel, f"投稿{number}")
        Pin.objects.create(channel=post.channel, post=made, pinned_by=tanaka)
    with pytest.raises(Refused, match="50件まで"):
        pins.pin_post(tanaka, post)


def test_the_fragment_says_that_it_is_pinned(cast):
    tanaka, _, _, post = cast
    assert "ピン留めされた投稿" not in fragments.post(post.pk).html
    pins.pin_post(tanaka, post)
    assert "ピン留めされた投稿" in fragments.post(post.pk).html
    pins.unpin_post(tanaka, post)
    assert "ピン留めされた投稿" not in fragments.post(post.pk).html


def test_pinning_from_the_menu_of_a_post(cast):
    tanaka, miura, _, post = cast
    client, address = signed_in(tanaka), f"/posts/{post.pk}/pin/"
    assert "ピン留めする" in client.get(f"/posts/{post.pk}/menu/").content.decode()
    assert "ピン留め" not in signed_in(miura).get(f"/posts/{post.pk}/menu/").content.decode()
    assert client.post(address, {"deed": "pin"})["Location"] == f"/posts/{post.pk}/"
    assert "ピン留めを外す" in client.get(f"/posts/{post.pk}/menu/").content.decode()
    head = client.get("/channels/madoguchi-dx/").content.decode().split("</header>")[0]
    assert 'ピン留め 1<span class="ky-hidden">件' in head
    told = client.post(address, {"deed": "unpin"}, **JSON).json()
    assert told == {"pinned": False, "told": "ピン留めを外しました。"}
    assert client.post(address, {"deed": "nai"}).status_code == 422
    assert signed_in(miura).post(address, {"deed": "pin"}).status_code == 403
    assert_only("post", address, tanaka)
    assert_asks_to_sign_in(address, "post")


def test_the_list_of_pins(cast):
    tanaka, miura, _, post = cast
    client = signed_in(miura)
    assert "まだピン留めがありません" in client.get("/channels/madoguchi-dx/pins/").content.decode()
    pins.pin_post(tanaka, post)
    page = client.get("/channels/madoguchi-dx/pins/").content.decode()
    assert f'id="pinned-post-{post.pk}"' in page
    assert "ピン留めを外す" not in page
    assert "ピン留めを外す" in signed_in(tanaka).get("/channels/madoguchi-dx/pins/").content.decode()
    few = queries_of(client, "/channels/madoguchi-dx/pins/")
    for number in range(29):
        pins.pin_post(tanaka, factories.post(miura, post.channel, f"投稿{number}"))
    assert queries_of(client, "/channels/madoguchi-dx/pins/") == few
    assert len(client.get("/channels/madoguchi-dx/pins/").context["rows"]) == 30


def test_pins_of_a_closed_channel_are_its_members_and_of_their_own_stay(cast):
    tanaka, miura, oonishi, _ = cast
    closed = factories.channel("himitsu", tanaka, kind="private")
    early = factories.post(tanaka, closed, "参加前")
    pins.pin_post(tanaka, early)
    assert signed_in(miura).get("/channels/himitsu/pins/").status_code == 404
    assert signed_in(oonishi).post(f"/posts/{early.pk}/pin/", {"deed": "unpin"}).status_code == 404
    factories.channels.admit(miura, closed)
    assert signed_in(miura).get("/channels/himitsu/pins/").context["rows"] == []


# -- guides


def test_a_guide_is_written_by_stewards_and_the_secretariat_and_recorded(cast):
    tanaka, miura, oonishi, post = cast
    assert guides.edit_guide(tanaka, post.channel, text="## まずここから") is True
    assert guides.edit_guide(oonishi, post.channel, text="## まずここから") is False
    channel = Channel.objects.get()
    assert (channel.guide_html, channel.v, channel.guide_edited_at is None) == (
        "<h4>まずここから</h4>",
        2,
        False,
    )
    with pytest.raises(Refused):
        guides.edit_guide(miura, channel, text="横から失礼")
    entry = AuditEntry.objects.get(deed="channel.guide_edited")
    assert (entry.actor, entry.detail) == (tanaka, {"before": 0, "after": 9})
    assert LiveEvent.objects.filter(kind=LiveEvent.Kind.CHANNEL_CHANGED, obj_id=channel.pk).count() == 2


def test_the_guide_page_and_its_preview(cast):
    tanaka, miura, _, _ = cast
    client, address = signed_in(tanaka), "/channels/madoguchi-dx/guide/"
    assert "まだ案内がありません" in signed_in(miura).get(address).content.decode()
    seen = client.post(f"{address}edit/", {"text": "**太字**", "deed": "preview"}).content.decode()
    assert ("<strong>太字</strong>" in seen, "**太字**</textarea>" in seen) == (True, True)
    assert Channel.objects.get().guide == ""
    assert client.post(f"{address}edit/", {"text": "**太字**"})["Location"] == address
    shown = signed_in(miura).get(address).content.decode()
    assert ("<strong>太字</strong>" in shown, "guide/edit/" in shown) == (True, False)
    assert (
        'href="/channels/madoguchi-dx/guide/"'
        in signed_in(miura).get("/channels/madoguchi-dx/").content.decode()
    )


def test_the_guide_page_refuses(cast):
    tanaka, miura, _, _ = cast
    address = "/channels/madoguchi-dx/guide/edit/"
    assert signed_in(miura).get(address).status_code == 403
    assert signed_in(miura).post(address, {"text": "横から"}).status_code == 403
    too_long = signed_in(tanaka).post(address, {"text": "あ" * 10_001})
    assert (too_long.status_code, "分けて投稿" in too_long.content.decode()) == (422, True)
    script = "<script>alert(1)</script>"
    signed_in(tanaka).post(address, {"text": script})
    assert script not in signed_in(miura).get("/channels/madoguchi-dx/guide/").content.decode()
    factories.channel("himitsu", tanaka, kind="private")
    for page in ("guide/", "guide/edit/", "members/"):
        assert signed_in(miura).get(f"/channels/himitsu/{page}").status_code == 404
        assert_asks_to_sign_in(f"/channels/madoguchi-dx/{page}")


# -- people and stewards


def test_the_people_of_a_channel_are_found_and_turned(cast):
    _, miura, _, post = cast
    client, address = signed_in(miura), "/channels/madoguchi-dx/members/"

    def shown(query: str = "") -> list[str]:
        return [stay.card.member.name for stay in client.get(address + query).context["people"]]

    assert shown() == ["田中 里奈", "三浦 健太"]  # the steward first
    assert shown("?q=もりおか") == ["三浦 健太"]
    assert shown("?q=いない人") == []
    few = queries_of(client, address)
    for number in range(60):
        one = person("yamamoto", email=f"y{number}@example.lg.jp", kana=f"やまもと {number:02d}")
        factories.channels.admit(one, post.channel)
    assert (queries_of(client, address), len(shown())) == (few, 50)
    assert len(shown("?page=2")) == 12
    Member.objects.filter(email="y0@example.lg.jp").update(suspended_at="2026-11-01T00:00:00Z")
    assert len(shown("?page=2")) == 11


def test_stewards_are_appointed_by_the_secretariat(cast):
    tanaka, miura, oonishi, _ = cast
    stay = Membership.objects.get(member=miura)
    address = f"/channels/madoguchi-dx/members/{stay.pk}/role/"
    assert signed_in(tanaka).post(address, {"deed": "appoint"}).status_code == 403
    assert "世話役にする" not in signed_in(tanaka).get("/channels/madoguchi-dx/members/").content.decode()
    desk = signed_in(oonishi)
    assert "世話役にする" in desk.get("/channels/madoguchi-dx/members/").content.decode()
    for deed, role in (("appoint", "steward"), ("appoint", "steward"), ("dismiss", "member")):
        assert desk.post(address, {"deed": deed}).status_code == 303
        stay.refresh_from_db()
        assert stay.role == role
    assert desk.post(address, {"deed": "nai"}).status_code == 422
    assert desk.post(address, {"deed": "show-out"}).status_code == 403
    assert desk.post("/channels/madoguchi-dx/members/999999/role/", {"deed": "appoint"}).status_code == 404
    assert deeds().count("channel.steward_appointed") == 2
