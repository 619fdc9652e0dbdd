"""The queue of the desk: tabs, clock, pages and what it costs."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.decisions import ask_for_more, decline
from accounts.actions.registrations import answer_question
from accounts.business_days import business_days_between
from accounts.models import Invitation, Registration
from tests.applicants import ADDRESS, handed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
QUEUE = "/secretariat/registrations/"


@pytest.fixture(autouse=True)
def places():
    organisation("390003")
    return organisation("394017")


@pytest.fixture
def desk():
    browser = Client()
    browser.force_login(person("hasegawa"))
    return browser


def queue(desk, query=""):
    return desk.get(f"{QUEUE}{query}").context["queue"]


def emails(desk, query=""):
    return [case.registration.email.partition("@")[0] for case in queue(desk, query).cases]


def received(registration, business_days_ago):
    """Move the receipt back by so many business days."""
    day = timezone.now()
    while business_days_between(timezone.localdate(day), timezone.localdate()) < business_days_ago:
        day -= timedelta(days=1)
    Registration.objects.filter(pk=registration.pk).update(submitted_at=day)


def one_of_each():
    """Complete evidence; unknown domain; asked; late and of another organisation; several times applied."""
    handed_in("complete@town.nakatosa.lg.jp")
    handed_in("unknown@shichigahama.com")
    ask_for_more(person("oonishi"), handed_in("asked@town.nakatosa.lg.jp"), question="何課ですか。")
    received(handed_in("late@town.nakatosa.lg.jp", "032018"), 5)
    decline(
        person("yamamoto", role="approver"), handed_in("again@town.nakatosa.lg.jp"), reason="確認できません。"
    )
    handed_in("again@town.nakatosa.lg.jp")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["late", "complete", "unknown", "asked", "again"]),
        ("?show=complete", ["complete"]),
        ("?show=judgement", ["late", "unknown", "again"]),
        ("?show=waiting", ["asked"]),
        ("?show=due", ["late"]),
        ("?show=nonsense", ["late", "complete", "unknown", "asked", "again"]),
    ],
)
def test_each_tab_has_its_applications(desk, query, found):
    one_of_each()
    assert emails(desk, query) == found


def test_the_tabs_say_how_many_there_are(desk):
    one_of_each()
    tabs = queue(desk, "?show=judgement").tabs
    assert [(tab.label, tab.number, tab.current) for tab in tabs] == [
        ("すべて", 5, False),
        ("証拠がそろった", 1, False),
        ("人の判断が要る", 3, True),
        ("確認待ち", 1, False),
        ("期限が近い", 1, False),
    ]


def test_a_tab_without_applications_leads_to_the_others(desk):
    handed_in()
    page = desk.get(QUEUE + "?show=waiting").content.decode()
    assert "ここに入る申し込みはありません" in page
    assert "審査を待っている申し込みはありません" not in page


def test_an_empty_queue_says_so(desk):
    assert "審査を待っている申し込みはありません" in desk.get(QUEUE).content.decode()


@pytest.mark.parametrize(
    ("days", "words", "cells"),
    [
        (0, "あと3営業日", 3),
        (1, "あと2営業日", 2),
        (2, "あと1営業日", 1),
        (3, "今日まで", 1),
        (5, "2営業日超過", 0),
    ],
)
def test_the_clock_is_in_words_and_cells(desk, days, words, cells, monkeypatch):
    wednesday = datetime(2026, 11, 18, 3, tzinfo=UTC)
    monkeypatch.setattr("django.utils.timezone.now", lambda: wednesday)
    registration = handed_in()
    received(registration, days)
    case = queue(desk).cases[0]
    assert (case.due_words, case.cells) == (words, cells)


def test_the_clock_stands_while_an_answer_is_awaited_and_goes_on_with_it(desk):
    registration = handed_in()
    received(registration, 3)
    ask_for_more(person("oonishi"), registration, question="何課ですか。")
    assert queue(desk).cases[0].due_words == "停止中"
    facts = {"asked_at": timezone.now() - timedelta(days=30), "answered_at": timezone.now()}
    waited = business_days_between(
        timezone.localdate(facts["asked_at"]), timezone.localdate(facts["answered_at"])
    )
    Registration.objects.update(answer="住民会計課です。", **facts)
    case = queue(desk).cases[0]
    assert (case.left, [chip.label for chip in case.chips][:2]) == (waited, ["lg.jpドメイン一致", "回答あり"])
    assert "住民会計課です。" in desk.get(QUEUE).content.decode()


def test_the_answer_of_the_applicant_puts_it_back_in_the_queue(desk):
    registration = ask_for_more(person("oonishi"), handed_in(), question="何課ですか。")
    assert (emails(desk, "?show=waiting"), emails(desk, "?show=complete")) == (["h-sasaki"], [])
    answer_question(registration, answer="住民会計課の窓口係です。")
    assert (emails(desk, "?show=waiting"), emails(desk, "?show=complete")) == ([], ["h-sasaki"])
    assert "住民会計課の窓口係です。" in desk.get(QUEUE).content.decode()


def test_members_of_the_same_name_are_pointed_out(desk):
    registration = handed_in(name="田中 里奈")
    person("tanaka")
    rows = {row.label: row.text for row in desk.get(f"{QUEUE}{registration.pk}/").context["proofs"]}
    assert rows["同じ氏名"] == "1人の会員が同じ氏名です"


def test_a_second_question_keeps_what_the_first_one_took(desk):
    oonishi, registration = person("oonishi"), handed_in()
    ask_for_more(oonishi, registration, question="何課ですか。")
    asked, answered = datetime(2026, 11, 16, 3, tzinfo=UTC), datetime(2026, 11, 18, 3, tzinfo=UTC)
    Registration.objects.update(asked_at=asked, answered_at=answered, answer="総務課です。")
    again = ask_for_more(oonishi, registration, question="上司はどなたですか。")
    assert (again.waited_days, again.answer, again.answered_at) == (2, "", None)


def test_the_one_who_vouches_is_shown_with_their_record(desk):
    tanaka = person("tanaka")
    before = Invitation.objects.create(email="earlier@town.nakatosa.lg.jp", invited_by=tanaka)
    earlier = handed_in("earlier@town.nakatosa.lg.jp")
    Registration.objects.filter(pk=earlier.pk).update(invitation=before)
    decline(person("oonishi"), earlier, reason="確認できません。")
    invitation = Invitation.objects.create(email=ADDRESS, invited_by=tanaka, relation="となりの課です")
    registration = handed_in()
    Registration.objects.filter(pk=registration.pk).update(invitation=invitation)
    answer = desk.get(f"{QUEUE}{registration.pk}/")
    proof = next(row for row in answer.context["proofs"] if row.label == "紹介")
    assert (proof.text, proof.ok) == ("田中 里奈（高知県 中土佐町・総務課）", True)
    assert "紹介した1人のうち0人が承認" in proof.note
    assert proof.note.endswith("関係：となりの課です")
    assert "紹介あり" in answer.content.decode()


def many(first, number):
    fields = ("organisation", "section", "name", "kana", "submitted_at", "email_verified_at")
    facts = {field: getattr(first, field) for field in fields}
    Registration.objects.bulk_create(
        Registration(**facts, email=f"staff{place}@town.nakatosa.lg.jp") for place in range(number)
    )


def test_pages_hold_fifty_and_keep_their_filter(desk):
    many(handed_in(), 60)
    first, last = queue(desk, "?show=complete"), queue(desk, "?show=complete&page=99")
    assert (len(first.cases), len(last.cases)) == (50, 11)
    assert (first.pages, last.pages) == (
        {"before": "", "after": "show=complete&page=2"},
        {"before": "show=complete&page=1", "after": ""},
    )
    last_case = last.cases[-1].registration
    page = desk.get(f"{QUEUE}{last_case.pk}/?show=complete&page=2").content.decode()
    assert f'action="/secretariat/registrations/{last_case.pk}/approval/?show=complete&amp;page=2"' in page
    assert desk.post(f"{QUEUE}{last_case.pk}/approval/?show=complete&page=2").url == (
        f"{QUEUE}?show=complete&page=2"
    )


@pytest.mark.parametrize("query", ["?page=x", "?page=-1", "?page=" + "9" * 5000, "?show=%00", "?page=²"])
def test_a_spoilt_address_shows_the_queue(desk, query):
    registration = handed_in()
    assert len(queue(desk, query).cases) == 1
    assert desk.post(f"{QUEUE}{registration.pk}/approval/{query}").status_code == 302


def test_the_desk_costs_the_same_for_thirty_and_three_thousand(desk, django_assert_num_queries):
    first = handed_in()
    many(first, 29)
    desk.get(QUEUE)
    with django_assert_num_queries(7):  # one of them for somebody who is in no channel
        assert len(queue(desk).cases) == 30
    many_more(first)
    with django_assert_num_queries(7):
        shown = queue(desk)
        assert (len(shown.cases), shown.total) == (50, 3000)


def many_more(first):
    fields = ("organisation", "section", "name", "kana", "submitted_at", "email_verified_at")
    facts = {field: getattr(first, field) for field in fields}
    rows = (Registration(**facts, email=f"s{place}@shichigahama{place}.com") for place in range(2970))
    Registration.objects.bulk_create(rows)
