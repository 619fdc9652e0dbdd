"""The approvers' desk."""

import threading

import pytest
from django.contrib.auth import authenticate
from django.core import mail
from django.db import connection
from django.test import Client

from accounts.actions.decisions import approve, decline
from accounts.actions.refusals import Refused
from accounts.models import AuditEntry, EmailDomain, Member, Organisation, Registration
from channels_app.models import Membership
from tests import factories
from tests.applicants import ADDRESS, handed_in, proven
from tests.jobs import run_jobs
from tests.people import PASSWORD, organisation, person

pytestmark = pytest.mark.django_db

QUEUE = "/secretariat/registrations/"
DEEDS = ("approval/", "inquiry/", "refusal/")


@pytest.fixture(autouse=True)
def places():
    organisation("390003")
    return organisation("394017")


def logged_in(member):
    browser = Client()
    browser.force_login(member)
    return browser


def page_of(registration):
    return f"{QUEUE}{registration.pk}/"


def chips(browser):
    return [[chip.label for chip in case.chips] for case in browser.get(QUEUE).context["queue"].cases]


def test_approval_makes_a_member_with_everything():
    hasegawa, town = person("hasegawa"), organisation("394017")
    channel = factories.channel("hajimete", by_default=True)
    registration = handed_in()
    answer = logged_in(hasegawa).post(page_of(registration) + "approval/")
    member = Member.objects.get(email=ADDRESS)
    registration.refresh_from_db()
    assert answer.url == QUEUE
    assert (member.name, member.kana, member.role) == ("佐々木 遥", "ささき はるか", "member")
    assert authenticate(None, email=ADDRESS, password=PASSWORD) == member
    assert (member.affiliation.organisation, member.affiliation.section) == (town, "住民会計課")
    assert list(member.emailaddress_set.values_list("email", "verified", "primary")) == [
        (ADDRESS, True, True)
    ]
    assert (registration.decided_by, registration.outcome, registration.member) == (
        hasegawa,
        "approved",
        member,
    )
    assert registration.password == ""
    assert Membership.objects.current().filter(member=member, channel=channel).count() == 1
    run_jobs()
    assert mail.outbox[-1].subject == "【共創】参加できるようになりました（高知県 中土佐町 佐々木 遥 さん）"


def test_approval_is_recorded_without_the_address():
    hasegawa = person("hasegawa")
    registration = handed_in()
    member = approve(hasegawa, registration)
    entry = AuditEntry.objects.get(deed="registration.approved")
    assert (entry.actor, entry.noun, entry.noun_id) == (hasegawa, "registration", registration.pk)
    assert entry.detail == {
        "member": member.pk,
        "bound": "town.nakatosa.lg.jp",
        "verdict": "fits",
        "organisation": "394017",
    }


def test_the_first_approval_binds_the_exact_host():
    approve(person("hasegawa"), handed_in())
    domain = EmailDomain.objects.get()
    assert (domain.domain, domain.organisation.slug, domain.kind) == (
        "town.nakatosa.lg.jp",
        "394017",
        "bound",
    )


@pytest.mark.parametrize(
    ("address", "slug"),
    [
        ("taro@shichigahama.com", "394017"),
        (ADDRESS, "032018"),
        ("taro@mail.city.morioka.example.com", "032018"),
    ],
)
def test_nothing_is_bound_when_the_name_does_not_fit_the_organisation(address, slug):
    approve(person("hasegawa"), handed_in(address, slug), evidence="代表電話で在籍を聞いた。")
    assert EmailDomain.objects.count() == 0


def test_an_exception_that_expires_binds_nothing_for_good():
    EmailDomain.objects.create(
        organisation=organisation("394017"), domain="nakatosa.example.com", kind="exception"
    )
    approve(person("hasegawa"), handed_in("taro@mail.nakatosa.example.com"))
    assert [row.kind for row in EmailDomain.objects.all()] == ["exception"]


def test_a_second_decision_is_told_and_changes_nothing():
    hasegawa, oonishi = person("hasegawa"), person("oonishi")
    registration = handed_in()
    approve(hasegawa, registration)
    browser = logged_in(oonishi)
    for deed, typed in (
        ("approval/", {}),
        ("refusal/", {"reason": "確認できません。"}),
        ("inquiry/", {"question": "何課ですか。"}),
    ):
        page = browser.post(page_of(registration) + deed, typed, follow=True)
        assert "すでに長谷川 潤さんが決定しています。" in page.content.decode()
    registration.refresh_from_db()
    assert (registration.decided_by, registration.outcome) == (hasegawa, "approved")
    assert Member.objects.filter(email=ADDRESS).count() == 1
    assert [name for name in run_jobs() if name.startswith("mail_registration_")] == [
        "mail_registration_approved"
    ]


@pytest.mark.django_db(transaction=True)
def test_two_approvers_at_once_admit_once():
    people = [person("hasegawa"), person("oonishi")]
    registration = handed_in()
    start, outcomes = threading.Barrier(2), []

    def decide(approver):
        start.wait()
        try:
            outcomes.append(approve(approver, registration).email)
        except Refused as refusal:
            outcomes.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=[approver]) for approver in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    registration.refresh_from_db()
    told = f"すでに{registration.decided_by.name}さんが決定しています。"
    assert sorted(outcomes) == sorted([ADDRESS, told])
    assert Member.objects.filter(email=ADDRESS).count() == 1
    assert AuditEntry.objects.filter(deed="registration.approved").count() == 1


def test_declining_mails_the_reason():
    hasegawa = person("hasegawa")
    registration = handed_in()
    typed = {"reason": "所属を確かめられませんでした。<b>電話</b>もつながりません。"}
    answer = logged_in(hasegawa).post(page_of(registration) + "refusal/", typed)
    registration.refresh_from_db()
    run_jobs()
    assert answer.url == QUEUE
    assert (registration.outcome, registration.reason) == ("declined", typed["reason"])
    assert registration.password == ""
    assert typed["reason"] in mail.outbox[-1].body
    assert not Member.objects.filter(email=ADDRESS).exists()
    assert AuditEntry.objects.get(deed="registration.declined").actor == hasegawa


@pytest.mark.parametrize("reason", ["", "　\n", "理\x00由", "理" * 65_536])
def test_declining_without_a_fit_reason_changes_nothing(reason):
    registration = handed_in()
    answer = logged_in(person("hasegawa")).post(page_of(registration) + "refusal/", {"reason": reason})
    registration.refresh_from_db()
    assert (answer.status_code, list(answer.context["decline_form"].errors)) == (422, ["reason"])
    assert registration.awaiting_approval


def test_after_a_refusal_the_address_may_apply_again_and_the_desk_sees_it():
    hasegawa = person("hasegawa")
    decline(hasegawa, handed_in(), reason="確認できません。")
    again = handed_in()
    assert Registration.objects.count() == 2
    assert chips(logged_in(hasegawa)) == [["lg.jpドメイン一致", "会員0人", "以前の申し込み1件"]]
    assert approve(hasegawa, again).email == ADDRESS


def test_an_address_that_became_a_members_is_not_approved():
    hasegawa = person("hasegawa")
    registration = handed_in()
    person("tanaka", email=ADDRESS)
    with pytest.raises(Refused, match="会員がすでにいる"):
        approve(hasegawa, registration)
    registration.refresh_from_db()
    assert registration.awaiting_approval


@pytest.mark.parametrize("key", ["tanaka", "ito"])
def test_the_desk_is_closed_to_members(key):
    registration = handed_in()
    browser = logged_in(person(key))
    with pytest.raises(Refused):
        approve(person("yamamoto"), registration)
    answers = [browser.get(QUEUE), browser.get(page_of(registration))]
    answers += [
        browser.post(page_of(registration) + deed, {"reason": "x", "question": "x"}) for deed in DEEDS
    ]
    answers.append(browser.post(QUEUE + "batch/", {"chosen": [registration.pk]}))
    registration.refresh_from_db()
    assert [answer.status_code for answer in answers] == [404] * 6
    assert registration.awaiting_approval


def test_strangers_are_sent_to_the_login(client):
    registration = handed_in()
    pages = [QUEUE, page_of(registration)]
    deeds = [page_of(registration) + deed for deed in DEEDS] + [QUEUE + "batch/"]
    assert [client.get(page).url for page in pages] == [f"/accounts/login/?next={page}" for page in pages]
    assert {client.post(page).url for page in deeds} == {"/accounts/login/?next=/home/"}
    registration.refresh_from_db()
    assert registration.awaiting_approval


def test_deeds_are_posts_and_pages_are_not():
    registration = handed_in()
    browser = logged_in(person("oonishi"))
    deeds = [page_of(registration) + deed for deed in DEEDS] + [QUEUE + "batch/"]
    assert {browser.get(deed).status_code for deed in deeds} == {405}
    assert {browser.post(page).status_code for page in (QUEUE, page_of(registration))} == {405}


@pytest.mark.parametrize("bad_id", [0, 999_999, 10**30])
def test_unknown_ids_are_not_found(bad_id):
    browser = logged_in(person("hasegawa"))
    page = f"{QUEUE}{bad_id}/"
    answers = [browser.get(page), *(browser.post(page + deed) for deed in DEEDS)]
    assert [answer.status_code for answer in answers] == [404] * 4


def test_what_was_not_handed_in_is_not_on_the_desk():
    registration = proven()
    browser = logged_in(person("hasegawa"))
    assert browser.get(page_of(registration)).status_code == 404
    assert chips(browser) == []
    with pytest.raises(Refused):
        approve(person("oonishi"), registration)


def test_the_evidence_tells_every_kind_of_address():
    handed_in()
    handed_in("taro@shichigahama.com")
    handed_in("hanako@town.nakatosa.lg.jp", "032018")
    person("tanaka")
    assert chips(logged_in(person("hasegawa"))) == [
        ["lg.jpドメイン一致", "会員1人"],
        ["ドメインの根拠なし", "会員1人"],
        ["団体とドメインが違う", "会員0人"],
    ]


def test_the_case_shows_evidence_and_the_note_escaped():
    registration = handed_in()
    Registration.objects.update(note="<script>alert(1)</script>")
    page = logged_in(person("hasegawa")).get(page_of(registration))
    rows = {proof.label: proof.ok for proof in page.context["proofs"]}
    assert rows == {
        "アドレス": True,
        "ドメイン": True,
        "団体コード": True,
        "この団体の会員": None,
    }
    assert b"<script>alert(1)" not in page.content
    assert b"&lt;script&gt;alert(1)" in page.content


def test_a_decided_case_offers_no_deeds():
    hasegawa = person("hasegawa")
    registration = handed_in()
    decline(hasegawa, registration, reason="確認できません。")
    page = logged_in(hasegawa).get(page_of(registration)).content.decode()
    assert "長谷川 潤さんがお断りしました" in page
    assert "/approval/" not in page


def test_organisations_may_vanish_without_harm_to_a_waiting_case():
    registration = handed_in()
    Organisation.objects.filter(slug="394017").update(valid_to="2020-03-31")
    page = logged_in(person("hasegawa")).get(page_of(registration))
    assert (page.status_code, page.context["chosen"].fits) == (200, False)
