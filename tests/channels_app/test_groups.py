"""Private groups and direct conversations: who gets in, who is told, who must not see."""

import pytest
from django.utils import timezone

from accounts.models import Member
from channels_app.actions import access, directs, groups, stewards
from channels_app.actions.channels import leave_channel
from channels_app.actions.posts import edit_post
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Entreaty, LiveEvent, Membership
from channels_app.models.kinds import NOBODY_LEFT
from channels_app.views import shell
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in, words
from tests.people import person

pytestmark = pytest.mark.django_db
FACTS = {"name": "四国の会", "purpose": "準備をする場です。", "prefecture_code": ""}


@pytest.fixture
def cast():
    """(owner, invited, outsider, the group), which is listed to the owner's prefecture."""
    owner, invited, outsider = person("yamamoto"), person("miura"), person("tanaka")
    group = groups.found_group(owner, listed=True, **FACTS | {"prefecture_code": "39"})
    groups.invite(owner, group, invited)
    return owner, invited, outsider, group


def roles(group: Channel) -> dict[str, str]:
    present = Membership.objects.current().filter(channel=group)
    return dict(present.values_list("member__name", "role"))


def test_the_founder_owns_it_and_invites(cast):
    owner, invited, outsider, group = cast
    assert roles(group) == {owner.name: "owner", invited.name: "member"}
    group.refresh_from_db()
    assert (group.kind, group.member_count, group.organisation_count) == ("private", 2, 2)
    assert [row["label"] for row in shell.sidebar_of(invited).sections] == ["非公開"]
    assert groups.invite(owner, group, invited).role == "member"
    assert Membership.objects.filter(channel=group).count() == 2
    with pytest.raises(Refused):
        groups.invite(invited, group, outsider)
    with pytest.raises(Refused):
        groups.invite(person("oonishi"), group, outsider)
    assert outsider.name not in roles(group)


def test_the_site_is_not_told_of_a_closed_channel(cast):
    kinds = [LiveEvent.Kind.CHANNELS_CHANGED]
    assert set(LiveEvent.objects.filter(kind__in=kinds).values_list("obj_id", flat=True)) == {0}


def test_only_active_members_are_invited(cast):
    owner, _, outsider, group = cast
    Member.objects.filter(pk=outsider.pk).update(suspended_at=timezone.now())
    with pytest.raises(Refused):
        groups.invite(owner, group, Member.objects.get(pk=outsider.pk))


def test_stewards_are_appointed_by_the_owner_and_let_people_in(cast):
    owner, invited, outsider, group = cast
    stay = Membership.objects.select_related("channel").get(member=invited)
    with pytest.raises(Refused, match="代表者"):
        stewards.appoint(person("oonishi"), stay)
    assert stewards.appoint(owner, stay) is True
    groups.invite(invited, group, outsider)
    theirs = Membership.objects.select_related("channel", "member").get(member=outsider)
    groups.show_out(invited, theirs)
    assert outsider.name not in roles(group)
    with pytest.raises(Refused, match="代表者は外せません"):
        groups.show_out(invited, Membership.objects.select_related("channel").get(member=owner))


def test_who_was_shown_out_sees_nothing_of_what_is_changed_since(cast):
    owner, invited, _, group = cast
    said, own = factories.post(owner, group, "案です。"), factories.post(invited, group, "賛成です。")
    browser, pages = signed_in(invited), ("", "menu/", "revisions/", "reactions/members/", "thread/")
    assert {browser.get(f"/posts/{said.pk}/{page}").status_code for page in pages} == {200, 302}
    stay = Membership.objects.select_related("channel", "member").get(channel=group, member=invited)
    groups.show_out(owner, stay)
    edit_post(owner, said, text="外した方には内緒の案です。")
    for post in (said, own):
        answers = [browser.get(f"/posts/{post.pk}/{page}") for page in (*pages, "edit/", "removal/")]
        assert {answer.status_code for answer in answers} == {404}
    browser.post(f"/posts/{own.pk}/edit/", {"text": "外からの一言です。"})
    own.refresh_from_db()
    assert own.text == "賛成です。"


def test_an_owner_who_goes_leaves_the_group_to_a_steward(cast):
    owner, invited, outsider, group = cast
    groups.invite(owner, group, outsider)
    stewards.appoint(owner, Membership.objects.select_related("channel").get(member=outsider))
    leave_channel(owner, group)
    assert roles(group) == {invited.name: "member", outsider.name: "owner"}
    access.end_stays(outsider)
    assert roles(group) == {invited.name: "owner"}


def test_asking_to_be_let_in(cast):
    owner, invited, outsider, group = cast
    asked = groups.ask_in(outsider, group, reason="うちも準備中です。")
    assert groups.ask_in(outsider, group, reason="もう一度").pk == asked.pk
    with pytest.raises(Refused):
        groups.ask_in(invited, group, reason="中にいます")
    with pytest.raises(Refused):
        groups.ask_in(person("ito"), group, reason="県の外からです")
    with pytest.raises(Refused):
        groups.answer_entreaty(invited, asked, admitted=True)
    assert groups.answer_entreaty(owner, asked, admitted=True) is True
    assert groups.answer_entreaty(owner, asked, admitted=False) is False
    assert roles(group)[outsider.name] == "member"
    asked.refresh_from_db()
    assert (asked.answered_by, asked.admitted_at == asked.answered_at) == (owner, True)


def test_who_was_declined_may_ask_again(cast):
    owner, _, outsider, group = cast
    groups.answer_entreaty(owner, groups.ask_in(outsider, group, reason="一度目"), admitted=False)
    assert outsider.name not in roles(group)
    again = groups.ask_in(outsider, group, reason="二度目")
    groups.invite(owner, group, outsider)
    again.refresh_from_db()
    assert (again.answered_by, Entreaty.objects.open().count()) == (owner, 0)


def test_the_owner_alone_changes_and_closes_the_group(cast):
    owner, invited, outsider, group = cast
    wanted = {"name": "四国と中国の会", "purpose": "広げました", "listed": False, "prefecture_code": ""}
    for deed in (
        lambda who: groups.describe_group(who, group, **wanted),
        lambda who: groups.close_group(who, group),
    ):
        for who in (invited, person("oonishi", email=f"o{id(deed)}@example.lg.jp")):
            with pytest.raises(Refused, match="代表者だけ"):
                deed(who)
    assert groups.describe_group(owner, group, **wanted) is True
    assert groups.describe_group(owner, group, **wanted) is False
    group.refresh_from_db()
    assert (group.name, group.listed_at, group.v) == ("四国と中国の会", None, 2)
    groups.close_group(owner, group)
    group.refresh_from_db()
    assert shell.sidebar_of(invited).sections == []
    client = signed_in(invited)
    assert client.get(group.get_absolute_url()).status_code == 200
    assert client.post(f"{group.get_absolute_url()}posts/", words()).status_code == 403
    with pytest.raises(Refused, match="もう閉じています"):
        groups.close_group(owner, group)


# -- the pages


def test_the_page_of_the_description(cast):
    owner, invited, outsider, group = cast
    address = f"/channels/{group.slug}/description/"
    for other in (invited, outsider):
        assert signed_in(other).get(address).status_code == 404
        assert signed_in(other).post(address, {"deed": "close"}).status_code == 404
    client = signed_in(owner)
    assert 'value="四国の会"' in client.get(address).content.decode()
    assert client.post(address, {"name": "", "purpose": "目的"}).status_code == 422
    assert (
        client.post(address, {"name": "新しい名前", "purpose": "目的"})["Location"]
        == group.get_absolute_url()
    )
    assert client.post(address, {"deed": "close"})["Location"] == group.get_absolute_url()
    assert client.post(address, {"deed": "close"}).status_code == 403
    group.refresh_from_db()
    assert (group.name, bool(group.archived_at)) == ("新しい名前", True)
    assert_asks_to_sign_in(address)


def test_founding_by_the_page():
    tanaka = person("tanaka")
    client = signed_in(tanaka)
    answer = client.post("/channels/groups/new/", FACTS | {"listed": ""})
    group = Channel.objects.get()
    assert answer["Location"] == f"/channels/{group.slug}/invitations/"
    assert (group.listed_at, group.name) == (None, "四国の会")
    bad = client.post("/channels/groups/new/", {"name": "　", "purpose": "残る文"})
    assert (bad.status_code, "名前を入力してください。" in bad.content.decode()) == (422, True)
    assert "残る文" in bad.content.decode()
    assert Channel.objects.count() == 1
    assert_asks_to_sign_in("/channels/groups/new/")


def test_inviting_by_search(cast):
    owner, invited, outsider, group = cast
    address = f"/channels/{group.slug}/invitations/"
    client = signed_in(owner)
    found = client.get(address, {"q": "たなか"}).context["found"]
    assert [one.name for one in found] == [outsider.name]
    assert client.get(address, {"q": invited.name}).context["found"] == []
    assert client.post(address, {"member": outsider.pk}).status_code == 303
    assert outsider.name in roles(group)
    for number in ("x", "", 10**17):
        assert client.post(address, {"member": number}).status_code == 404
    assert signed_in(invited).get(address).status_code == 404
    assert signed_in(person("ito")).get(address).status_code == 404
    assert_asks_to_sign_in(address)


def test_asking_and_answering_by_the_pages(cast):
    owner, invited, outsider, group = cast
    address = f"/channels/{group.slug}/entreaty/"
    client = signed_in(outsider)
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "お願いします。"})["Location"] == "/channels/"
    assert "返事を待っています" in client.get(address).content.decode()
    people = f"/channels/{group.slug}/members/"
    asked = Entreaty.objects.get()
    assert "お願いします。" in signed_in(owner).get(people).content.decode()
    assert "お願いします。" not in signed_in(invited).get(people).content.decode()
    answer = f"/channels/entreaties/{asked.pk}/"
    assert signed_in(invited).post(answer, {"deed": "admit"}).status_code == 404
    assert client.post(answer, {"deed": "admit"}).status_code == 404
    assert signed_in(owner).post(answer, {"deed": "admit"})["Location"] == people
    assert client.get(address)["Location"] == f"/channels/{group.slug}/"
    assert_only("post", answer, owner)


def test_an_unlisted_group_takes_no_requests(cast):
    _, _, outsider, group = cast
    Channel.objects.filter(pk=group.pk).update(listed_at=None)
    assert signed_in(outsider).get(f"/channels/{group.slug}/entreaty/").status_code == 404
    assert signed_in(outsider).get("/channels/nai/entreaty/").status_code == 404


# -- direct conversations


def test_there_is_one_conversation_of_the_same_people():
    tanaka, miura, ito = person("tanaka"), person("miura"), person("ito")
    two = directs.talk_with(tanaka, [miura])
    assert directs.talk_with(miura, [tanaka]).pk == two.pk
    assert directs.talk_with(tanaka, [miura, tanaka, miura]).pk == two.pk
    assert directs.talk_with(tanaka, [miura, ito]).pk != two.pk
    assert Channel.objects.get(pk=two.pk).direct_key == f"{tanaka.pk}-{miura.pk}"
    assert Channel.objects.filter(kind="direct").count() == 2
    assert set(Membership.objects.values_list("level", flat=True)) == {"all"}


def test_each_sees_the_others_names():
    tanaka, miura, ito = person("tanaka"), person("miura"), person("ito")
    channel = directs.talk_with(tanaka, [miura, ito])

    def seen(member) -> tuple:
        row = shell.sidebar_of(member).sections[0]
        head = signed_in(member).get(f"/channels/{channel.slug}/").content.decode()
        return row["label"], row["channels"][0].name, f"<span>{row['channels'][0].name}</span></h1>" in head

    assert seen(tanaka) == ("ダイレクト", "伊藤 大輔、三浦 健太", True)
    assert seen(miura) == ("ダイレクト", "伊藤 大輔、田中 里奈", True)


def test_a_conversation_has_two_to_eight_active_members():
    tanaka = person("tanaka")
    others = [person("miura", email=f"m{number}@example.lg.jp") for number in range(8)]
    for people in ([], [tanaka], others):
        with pytest.raises(Refused):
            directs.talk_with(tanaka, people)
    assert directs.talk_with(tanaka, others[:7]).memberships.count() == 8
    Member.objects.filter(pk=others[0].pk).update(suspended_at=timezone.now())
    with pytest.raises(Refused):
        directs.talk_with(tanaka, [Member.objects.get(pk=others[0].pk)])
    assert Channel.objects.count() == 1


def test_nobody_leaves_a_conversation_and_strangers_never_see_it():
    tanaka, miura = person("tanaka"), person("miura")
    channel = directs.talk_with(tanaka, [miura])
    post = factories.post(tanaka, channel, "ないしょの話")
    with pytest.raises(Refused, match="ミュート"):
        leave_channel(tanaka, channel)
    for stranger in (person("ito"), person("oonishi")):
        client = signed_in(stranger)
        assert client.get(f"/channels/{channel.slug}/").status_code == 404
        assert client.get(f"/posts/{post.pk}/").status_code == 404
        assert "田中" not in client.get("/channels/").content.decode().split("</h1>")[1]


def test_a_partner_who_is_gone_is_said_and_nothing_is_sent():
    tanaka, miura = person("tanaka"), person("miura")
    channel = directs.talk_with(tanaka, [miura])
    Member.objects.filter(pk=miura.pk).update(suspended_at=timezone.now())
    client = signed_in(tanaka)
    page = client.get(f"/channels/{channel.slug}/").content.decode()
    assert (NOBODY_LEFT in page, 'id="composer"' in page) == (True, False)
    assert client.post(f"/channels/{channel.slug}/posts/", words()).status_code == 403
    assert channel.posts.count() == 0


def test_choosing_people_by_the_page():
    tanaka, miura, ito = person("tanaka"), person("miura"), person("ito")
    client = signed_in(tanaka)
    assert f'href="/directs/?to={miura.pk}"' in client.get(f"/members/{miura.pk}/").content.decode()
    assert "メッセージを送る" not in client.get(f"/members/{tanaka.pk}/").content.decode()
    page = client.get("/directs/", {"to": miura.pk, "q": "いとう"})
    assert [one.name for one in page.context["chosen"]] == [miura.name]
    assert [one.name for one in page.context["found"]] == [ito.name]
    assert "同じことで困っている人にも" in page.content.decode()
    answer = client.post("/directs/", {"to": [miura.pk, ito.pk]})
    assert answer["Location"] == Channel.objects.get().get_absolute_url()
    assert client.post("/directs/", {}).status_code == 403
    assert client.get("/directs/", {"to": "x"}).status_code == 404
    assert client.get("/directs/", {"to": 10**17}).context["chosen"] == []
    assert_asks_to_sign_in("/directs/")
