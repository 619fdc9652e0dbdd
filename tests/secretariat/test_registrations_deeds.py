"""What approvers do beyond yes and no: evidence for unknown domains, questions, batches, the machine."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.actions.decisions import approve, approve_automatically, ask_for_more, decline
from accounts.actions.refusals import Refused
from accounts.actions.registrations import answer_question
from accounts.models import AuditEntry, EmailDomain, Member, Registration
from accounts.shared_directory import shared_directory
from tests.applicants import ADDRESS, handed_in
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
QUEUE = "/secretariat/registrations/"
UNKNOWN = "kamata@shichigahama.com"
EVIDENCE = {"method": "site", "evidence": "公式サイトの問い合わせ先にある。", "keep_domain": "on"}


@pytest.fixture(autouse=True)
def places():
    organisation("390003")
    return organisation("394017")


@pytest.fixture
def desk():
    browser = Client()
    browser.force_login(person("hasegawa"))
    return browser


def post(desk, registration, deed, **typed):
    return desk.post(f"{QUEUE}{registration.pk}/{deed}/", typed)


def told(desk):
    return [str(message) for message in desk.get(QUEUE).context["messages"]]


def test_evidence_makes_an_exception_that_expires_in_a_year(desk):
    answer = post(desk, handed_in(UNKNOWN), "approval", **EVIDENCE)
    rule = EmailDomain.objects.get()
    last_day = timezone.localdate() + timedelta(days=364)
    assert answer.url == QUEUE
    assert (rule.domain, rule.kind, rule.organisation.slug) == ("shichigahama.com", "exception", "394017")
    assert (rule.expires_on, rule.bound_by.name) == (last_day, "長谷川 潤")
    assert "公式サイトの問い合わせ先にある。" in rule.evidence
    assert Registration.objects.get().evidence == (
        "団体の公式サイトに同じドメインがある：公式サイトの問い合わせ先にある。"
    )
    assert AuditEntry.objects.get(deed="registration.approved").detail["exception"] == "shichigahama.com"
    directory = shared_directory()
    assert directory.candidates(UNKNOWN, last_day).slugs == ("394017",)
    assert directory.candidates(UNKNOWN, last_day + timedelta(days=1)).slugs == ()


def test_an_expired_exception_is_renewed_for_whom_the_evidence_speaks(desk):
    facts = {"domain": "shichigahama.com", "kind": "exception", "expires_on": "2020-03-31"}
    EmailDomain.objects.create(organisation=organisation("032018"), **facts)
    post(desk, handed_in(UNKNOWN), "approval", **EVIDENCE)
    rule = EmailDomain.objects.get()
    assert (rule.organisation.slug, rule.expires_on > timezone.localdate()) == ("394017", True)


def test_the_domain_is_left_alone_when_the_approver_says_so(desk):
    post(desk, handed_in(UNKNOWN), "approval", method="phone", evidence="代表電話で聞いた。")
    assert (Member.objects.filter(email=UNKNOWN).count(), EmailDomain.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"method": "site", "evidence": ""}, ["evidence"]),
        ({"method": "site", "evidence": "　\n"}, ["evidence"]),
        ({"method": "site", "evidence": "根" * 401}, ["evidence"]),
        ({"method": "guess", "evidence": "似ている。"}, ["method"]),
        ({}, ["method", "evidence"]),
    ],
)
def test_an_unknown_domain_needs_evidence(desk, typed, wrong):
    registration = handed_in(UNKNOWN)
    answer = post(desk, registration, "approval", **typed)
    registration.refresh_from_db()
    assert (answer.status_code, list(answer.context["evidence_form"].errors)) == (422, wrong)
    assert registration.awaiting_approval
    with pytest.raises(Refused, match="どう確かめたか"):
        approve(person("oonishi"), registration, evidence="　")


@pytest.mark.parametrize("address", ["taro@lg.jp", "taro@tosa.kochi.jp", "taro@sakura.ne.jp"])
def test_a_domain_that_anybody_can_use_becomes_no_rule(desk, address):
    registration = handed_in(address)
    form = desk.get(f"{QUEUE}{registration.pk}/").context["evidence_form"]
    assert ("keep_domain" in form.fields, form.unfit != "") == (False, True)
    with pytest.raises(Refused, match="誰でも使える"):
        approve(person("oonishi"), registration, evidence="電話で聞いた。", keep_domain=True)
    assert not Member.objects.filter(email=address).exists()
    post(desk, registration, "approval", **EVIDENCE)
    assert (Member.objects.filter(email=address).count(), EmailDomain.objects.count()) == (1, 0)


def test_the_domain_of_another_body_becomes_no_exception(desk):
    registration = handed_in(ADDRESS, "032018")
    assert "keep_domain" not in desk.get(f"{QUEUE}{registration.pk}/").context["evidence_form"].fields
    approve(person("oonishi"), registration, evidence="出向中と聞いた。", keep_domain=True)
    assert EmailDomain.objects.count() == 0


def test_a_fitting_address_asks_for_no_evidence(desk):
    assert desk.get(f"{QUEUE}{handed_in().pk}/").context["evidence_form"] is None


def test_asking_mails_the_question_and_stops_the_clock(desk):
    registration = handed_in()
    answer = post(desk, registration, "inquiry", question="辞令の<b>写し</b>はありますか。")
    registration.refresh_from_db()
    run_jobs()
    assert answer.url == QUEUE
    assert (registration.awaiting_answer, registration.asked_by.name) == (True, "長谷川 潤")
    assert mail.outbox[-1].to == [ADDRESS]
    assert "辞令の<b>写し</b>はありますか。" in mail.outbox[-1].body
    assert mail.outbox[-1].content_subtype == "plain"
    assert AuditEntry.objects.get(deed="registration.asked").detail == {}
    assert b"<b>" not in desk.get(f"{QUEUE}{registration.pk}/").content.split(b"ky-application__said")[1]


def test_the_whole_conversation_stays_beside_the_case_with_its_times(desk):
    registration, oonishi = handed_in(), person("oonishi")
    asked = [timezone.now() - timedelta(hours=hours) for hours in (30, 20)]
    for at, question in zip(asked, ("何課ですか。", "内線は<b>何番</b>ですか。"), strict=True):
        ask_for_more(oonishi, registration, question=question)
        registration.refresh_from_db()
        answer_question(registration, answer=f"答え：{question}")
        moments = {"asked_at": at, "answered_at": at + timedelta(hours=1)}
        Registration.objects.filter(pk=registration.pk).update(**moments)
        registration.refresh_from_db()
    post(desk, registration, "inquiry", question="代表番号は何番ですか。")
    other = ask_for_more(oonishi, handed_in("other@town.nakatosa.lg.jp"), question="別の申し込みの問い")
    page = desk.get(f"{QUEUE}{registration.pk}/")
    talk = page.context["chosen"].registration.conversation
    assert [(turn.question, turn.answer, turn.asked_by.name) for turn in talk] == [
        ("何課ですか。", "答え：何課ですか。", "大西 舞"),
        ("内線は<b>何番</b>ですか。", "答え：内線は<b>何番</b>ですか。", "大西 舞"),
        ("代表番号は何番ですか。", "", "長谷川 潤"),
    ]
    assert [turn.asked_at for turn in talk[:2]] == asked
    told = page.content.decode()
    assert (
        told.index("答え：何課ですか。") < told.index("何番&lt;/b&gt;") < told.index("代表番号は何番ですか。")
    )
    assert other.question not in told


@pytest.mark.parametrize("question", ["", "　\n", "問\x00い", "問" * 65_536])
def test_asking_nothing_changes_nothing(desk, question):
    registration = handed_in()
    answer = post(desk, registration, "inquiry", question=question)
    registration.refresh_from_db()
    assert (answer.status_code, list(answer.context["ask_form"].errors)) == (422, ["question"])
    assert registration.asked_at is None


def test_a_second_question_is_told_who_asked(desk):
    registration = handed_in()
    ask_for_more(person("oonishi"), registration, question="何課ですか。")
    post(desk, registration, "inquiry", question="何係ですか。")
    assert told(desk) == ["すでに大西 舞さんが本人に確かめています。"]
    registration.refresh_from_db()
    assert registration.question == "何課ですか。"


def test_the_mail_of_a_question_that_was_answered_is_not_sent(desk):
    registration = ask_for_more(person("oonishi"), handed_in(), question="何課ですか。")
    Registration.objects.filter(pk=registration.pk).update(answered_at=timezone.now())
    sent = len(mail.outbox)
    run_jobs()
    assert len(mail.outbox) == sent


def test_a_batch_approves_exact_fits_and_says_what_became_of_each(desk):
    fits = [handed_in(f"staff{number}@town.nakatosa.lg.jp") for number in range(3)]
    gone, unknown = handed_in("gone@town.nakatosa.lg.jp"), handed_in(UNKNOWN)
    decline(person("oonishi"), gone, reason="確認できません。")
    rows = [*fits, gone, unknown]
    answer = desk.post(QUEUE + "batch/?show=complete", {"chosen": [row.pk for row in rows]})
    assert answer.url == QUEUE + "?show=complete"
    assert told(desk) == [
        "3件を承認しました。1件はすでに決定済みです。1件は証拠がそろっていないため、1件ずつ審査してください。"
    ]
    outcomes = [Registration.objects.get(pk=row.pk).outcome for row in rows]
    assert outcomes == ["approved"] * 3 + ["declined", ""]
    assert AuditEntry.objects.filter(deed="registration.approved").count() == 3


def test_one_refusal_stops_no_other(desk):
    taken, free = handed_in("taken@town.nakatosa.lg.jp"), handed_in()
    person("tanaka", email="taken@town.nakatosa.lg.jp")
    desk.post(QUEUE + "batch/", {"chosen": [taken.pk, free.pk]})
    assert told(desk) == [
        "1件を承認しました。 佐々木 遥さん：このアドレスの会員がすでにいるため、承認できません。"
    ]
    assert Member.objects.filter(email=ADDRESS).exists()


def test_a_repeated_batch_changes_nothing(desk):
    registration = handed_in()
    for _ in range(2):
        desk.post(QUEUE + "batch/", {"chosen": [registration.pk]})
    assert told(desk)[-1] == "1件はすでに決定済みです。"
    assert Member.objects.filter(email=ADDRESS).count() == 1


@pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["9" * 30], ["1\x00"]])
def test_a_spoilt_batch_changes_nothing(desk, chosen):
    registration = handed_in()
    answer = desk.post(QUEUE + "batch/", {"chosen": chosen})
    registration.refresh_from_db()
    assert (answer.status_code, list(answer.context["batch_form"].errors)) == (422, ["chosen"])
    assert registration.awaiting_approval


def bound(slug="394017"):
    EmailDomain.objects.create(organisation=organisation(slug), domain="town.nakatosa.lg.jp", kind="bound")


def test_by_default_a_bound_domain_waits_for_a_person():
    bound()
    assert handed_in().awaiting_approval
    assert not Member.objects.filter(email=ADDRESS).exists()


def test_by_setting_a_bound_domain_admits_without_a_person(settings, desk):
    settings.AUTO_APPROVE_BOUND_DOMAINS = True
    bound()
    registration = handed_in()
    run_jobs()
    registration.refresh_from_db()
    entry = AuditEntry.objects.get(deed="registration.approved")
    assert (registration.outcome, registration.decided_by) == ("approved", None)
    assert (entry.actor, entry.detail["automatic"], entry.detail["verdict"]) == (None, True, "bound")
    assert any("参加できるようになりました" in letter.subject for letter in mail.outbox)
    post(desk, registration, "refusal", reason="確認できません。")
    assert told(desk) == ["すでに自動で承認済みです。"]
    assert "自動で承認しました" in desk.get(f"{QUEUE}{registration.pk}/").content.decode()


def test_the_machine_leaves_everything_else_to_people(settings):
    settings.AUTO_APPROVE_BOUND_DOMAINS = True
    oonishi = person("oonishi")
    fits = handed_in("fits@town.nakatosa.lg.jp")
    bound()
    decline(oonishi, handed_in("again@mail.nakatosa.com"), reason="確認できません。")
    left = [fits, handed_in("again@mail.nakatosa.com"), handed_in("a@town.nakatosa.lg.jp", "032018")]
    left.append(handed_in("someone@shichigahama.com"))
    rows = Registration.objects.filter(pk__in=[row.pk for row in left])
    assert [row.awaiting_approval for row in rows] == [True] * 4


def test_the_machine_does_not_answer_for_those_who_were_asked_or_decided():
    oonishi = person("oonishi")
    asked, declined = handed_in("asked@town.nakatosa.lg.jp"), handed_in("declined@town.nakatosa.lg.jp")
    bound()
    ask_for_more(oonishi, asked, question="何課ですか。")
    decline(oonishi, declined, reason="確認できません。")
    assert [approve_automatically(row) for row in (asked, declined)] == [None, None]
