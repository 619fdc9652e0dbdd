"""Inviting a colleague: the page, the limit, the mail, and what an application makes of it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions.invitations import OPEN_AT_ONCE, invite, remove_stale_invitations, withdraw
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, Invitation, Member, Organisation, Registration
from accounts.shared_directory import shared_directory
from accounts.views.invitations import INVITED
from tests.applicants import ADDRESS, DETAILS, handed_in, mailed_code
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
PAGE = "/members/invitations/"
SAKURAS = (
    ("090000", "prefecture", "栃木県", "とちぎけん"),
    ("092142", "city", "さくら市", "さくらし"),
    ("120006", "prefecture", "千葉県", "ちばけん"),
    ("122122", "city", "佐倉市", "さくらし"),
)
RELATION = "同じ町の後任です。"


@pytest.fixture
def tanaka():
    return person("tanaka")


def letters():
    run_jobs()
    return [(letter.to[0], letter.subject) for letter in mail.outbox]


def test_an_invitation_is_mailed_and_listed(client, tanaka):
    client.force_login(tanaka)
    page = client.post(PAGE, {"email": f" {ADDRESS.upper()} ", "relation": RELATION}, follow=True)
    assert [str(message) for message in page.context["messages"]] == [INVITED]
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.relation, invitation.state) == (ADDRESS, RELATION, "招待中")
    assert list(page.context["invitations"]) == [invitation]
    assert letters() == [(ADDRESS, "【共創】田中 里奈 さんからの招待です")]
    assert "http" not in mail.outbox[0].body.replace("http://", "", 1)
    entry = AuditEntry.objects.get(deed="invitation.made")
    assert (entry.actor, entry.noun_id, entry.detail) == (tanaka, invitation.pk, {})


def test_a_second_invitation_of_the_same_address_changes_nothing(tanaka):
    first = invite(tanaka, ADDRESS, relation=RELATION)
    assert invite(tanaka, ADDRESS, relation="別の言葉") == first
    assert len(letters()) == 1


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"email": ""}, "email", "メールアドレスを入力してください。"),
        ({"email": "taro@gmail.com"}, "email", None),
        ({"email": "taro\x00@town.nakatosa.lg.jp"}, "email", None),
        ({"email": b"\xff\xfe"}, "email", None),
        ({"relation": ""}, "relation", "どういう方かを書いてください。"),
        ({"relation": "　\u202e"}, "relation", "どういう方かを書いてください。"),
        ({"relation": "字" * 65_536}, "relation", None),
    ],
)
def test_bad_input_is_told_beside_the_field_and_stays(client, tanaka, typed, field, sentence):
    client.force_login(tanaka)
    answer = client.post(PAGE, {"email": ADDRESS, "relation": RELATION} | typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert sentence is None or answer.context["form"].errors[field] == [sentence]
    kept = "relation" if field == "email" else "email"
    assert answer.context["form"][kept].value() == {"email": ADDRESS, "relation": RELATION}[kept]
    assert Invitation.objects.count() == 0


def test_twenty_are_open_at_most(client, tanaka):
    for number in range(OPEN_AT_ONCE):
        invite(tanaka, f"s{number}@town.nakatosa.lg.jp", relation=RELATION)
    client.force_login(tanaka)
    answer = client.post(PAGE, {"email": ADDRESS, "relation": RELATION})
    sentence = "同時に招待できるのは20人までです。古い招待を取り消すと、また招待できます。"
    assert (answer.status_code, answer.context["form"].errors["email"]) == (422, [sentence])
    withdraw(tanaka, Invitation.objects.visible_to(tanaka)[0])
    assert client.post(PAGE, {"email": ADDRESS, "relation": RELATION}).status_code == 302


def test_only_ones_own_are_seen_and_withdrawn(client, tanaka):
    other = invite(person("miura"), "other@city.morioka.lg.jp", relation=RELATION)
    own = invite(tanaka, ADDRESS, relation=RELATION)
    client.force_login(tanaka)
    page = client.get(PAGE)
    assert list(page.context["invitations"]) == [own]
    assert other.email not in page.content.decode()
    assert client.post(f"{PAGE}{other.pk}/withdrawal/").status_code == 404
    assert client.post(f"{PAGE}999999/withdrawal/").status_code == 404
    assert client.get(f"{PAGE}{own.pk}/withdrawal/").status_code == 405
    with pytest.raises(Refused):
        withdraw(tanaka, other)
    assert list(Invitation.objects.filter(withdrawn_at=None).order_by("pk")) == [other, own]


def test_withdrawing_twice_changes_nothing(client, tanaka):
    own = invite(tanaka, ADDRESS, relation=RELATION)
    client.force_login(tanaka)
    for _ in range(2):
        assert client.post(f"{PAGE}{own.pk}/withdrawal/").url == PAGE
    own.refresh_from_db()
    assert own.state == "取り消しました"
    assert AuditEntry.objects.filter(deed="invitation.withdrawn").count() == 1
    assert letters() == []


def test_visitors_are_sent_to_the_log_in(client):
    assert client.get(PAGE).url == f"/accounts/login/?next={PAGE}"


def test_the_list_costs_the_same_for_one_and_thirty(client, tanaka):
    client.force_login(tanaka)
    costs = []
    for amount in (1, 30):
        for number in range(amount):
            Invitation.objects.create(email=f"s{number}@example.jp", invited_by=tanaka)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_members_address_gets_the_same_answer_and_no_mail(client, tanaka):
    miura, shown = person("miura"), []
    client.force_login(tanaka)
    shared_directory()
    client.get(PAGE)
    for address in (miura.email, "nobody@example.lg.jp"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(PAGE, {"email": address, "relation": RELATION}, follow=True)
        words = [str(message) for message in answer.context["messages"]]
        shown.append((words, answer.context["invitations"][0].state, len(queries)))
    assert shown[0][:2] == shown[1][:2] == ([INVITED], "招待中")
    assert shown[0][2] == shown[1][2]
    assert letters() == [("nobody@example.lg.jp", "【共創】田中 里奈 さんからの招待です")]


def test_nobodys_mailbox_is_filled_by_many_inviters(tanaka):
    inviters = [tanaka, *(person(key) for key in ("miura", "yamamoto", "ito"))]
    for inviter in inviters:
        invite(inviter, ADDRESS, relation=RELATION)
    assert len(letters()) == 3


def test_nobody_is_written_to_for_an_inviter_who_was_shut_out(tanaka):
    invite(tanaka, ADDRESS, relation=RELATION)
    Member.objects.update(suspended_at=timezone.now())
    assert letters() == []


def test_unused_invitations_are_forgotten_after_ninety_days(tanaka):
    made = [invite(tanaka, f"s{number}@example.lg.jp", relation=RELATION) for number in range(3)]
    old, young = timezone.now() - timedelta(days=91), timezone.now() - timedelta(days=89)
    Invitation.objects.filter(pk=made[0].pk).update(invited_at=old)
    Invitation.objects.filter(pk=made[1].pk).update(invited_at=old, used_at=old)
    Invitation.objects.filter(pk=made[2].pk).update(invited_at=young)
    assert remove_stale_invitations() == 1
    assert set(Invitation.objects.all()) == set(made[1:])


def test_an_application_carries_the_invitation(client, tanaka):
    invitation = invite(tanaka, ADDRESS, relation=RELATION)
    assert handed_in().invitation == invitation
    invitation.refresh_from_db()
    assert invitation.state == "申し込みがありました"


@pytest.mark.parametrize("change", ["withdrawn", "old", "elsewhere"])
def test_an_application_carries_no_other_invitation(tanaka, change):
    invitation = invite(
        tanaka, "sudo@town.nakatosa.lg.jp" if change == "elsewhere" else ADDRESS, relation="x"
    )
    if change == "withdrawn":
        withdraw(tanaka, invitation)
    if change == "old":
        Invitation.objects.update(invited_at=timezone.now() - timedelta(days=31))
    assert handed_in().invitation is None


def test_the_inviters_organisation_decides_between_candidates(client):
    for slug, kind, name, kana in SAKURAS:
        facts = {"code": slug, "kind": kind, "name": name, "kana": kana, "prefecture_code": slug[:2]}
        Organisation.objects.get_or_create(slug=slug, defaults=facts)
    inviter = person("tanaka")
    inviter.affiliations.update(organisation=Organisation.objects.get(slug="122122"))
    address = "d-mori@city.sakura.lg.jp"
    assert len(shared_directory().candidates(address).slugs) == 2
    invite(inviter, address, relation=RELATION)
    run_jobs()
    client.post("/accounts/signup/", {"email": address})
    client.post("/accounts/signup/code/", {"code": mailed_code(address)})
    page = client.get("/accounts/signup/details/")
    assert page.context["form"].initial["organisation"] == "122122"
    assert "田中 里奈" in page.content.decode()


def test_an_address_that_does_not_fit_is_not_given_the_inviters_organisation(tanaka):
    assert invite(tanaka, "taro@city.morioka.lg.jp", relation=RELATION).organisation is None
    assert invite(tanaka, ADDRESS, relation=RELATION).organisation == organisation("394017")


def test_who_invited_is_shown_only_after_the_address_was_proven(client, tanaka):
    organisation("390003")
    invite(tanaka, ADDRESS, relation=RELATION)
    client.post("/accounts/signup/", {"email": ADDRESS})
    assert "田中 里奈" not in client.get("/accounts/signup/code/").content.decode()
    client.post("/accounts/signup/code/", {"code": mailed_code()})
    assert "田中 里奈" in client.get("/accounts/signup/details/").content.decode()
    client.post("/accounts/signup/details/", DETAILS)
    client.post("/accounts/signup/conduct/", {"accept": "on"})
    assert Registration.objects.get().invitation.invited_by == tanaka
