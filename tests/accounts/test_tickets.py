"""The status page of an application, opened with its ticket."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.actions.decisions import approve, ask_for_more, decline
from accounts.actions.refusals import Refused
from accounts.actions.registrations import answer_question
from accounts.business_days import due_on
from accounts.models import Registration
from accounts.standing import Standing
from tests.applicants import ADDRESS, handed_in, proven
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
QUESTION = "代表番号を <教えて> ください。"


def page_of(registration):
    return f"/accounts/signup/status/{registration.ticket}/"


@pytest.fixture
def asked():
    """An application that was asked something."""
    return ask_for_more(person("hasegawa"), handed_in(), question=QUESTION)


def test_it_shows_the_clock_and_no_person(client):
    registration = handed_in()
    answer = client.get(page_of(registration))
    text = answer.content.decode()
    due = due_on(registration.submitted_at)
    assert answer.status_code == 200
    assert f"{due.month}月{due.day}日" in text
    assert "高知県 中土佐町" in text
    assert [word for word in (ADDRESS, "佐々木", "ささき", "よろしくお願いします。") if word in text] == []
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"


def handed_in_on(*moment):
    """An application handed in at a moment in Japan."""
    registration = handed_in()
    registration.submitted_at = datetime(*moment, tzinfo=ZoneInfo("Asia/Tokyo"))
    registration.save()
    return registration


def test_the_days_until_the_answer_are_drawn_with_rests_and_holidays():
    days = Standing(handed_in_on(2026, 11, 20, 14, 18)).days
    assert [(day.date.day, day.label, day.rests) for day in days] == [
        (20, "受付", False),
        (21, "休み", True),
        (22, "休み", True),
        (23, "休み", True),
        (24, "1日目", False),
        (25, "2日目", False),
        (26, "期限", False),
    ]


def test_no_days_are_drawn_over_the_years_end_or_while_something_is_asked(asked):
    assert Standing(asked).days == []
    registration = Registration(submitted_at=datetime(2026, 12, 28, 9, tzinfo=ZoneInfo("Asia/Tokyo")))
    assert Standing(registration).days == []


def test_a_late_answer_is_admitted(client):
    registration = handed_in()
    Registration.objects.update(submitted_at=timezone.now() - timedelta(days=30))
    text = client.get(page_of(registration)).content.decode()
    assert "お待たせしています" in text
    assert "予定を過ぎました" in text


@pytest.mark.parametrize("ticket", ["x", "0" * 43, "チケット", "%00", "None", "a" * 5000])
def test_an_unknown_ticket_is_not_found(client, ticket):
    handed_in()
    assert client.get(f"/accounts/signup/status/{ticket}/").status_code == 404
    assert client.post(f"/accounts/signup/status/{ticket}/", {"answer": "はい"}).status_code == 404


def test_what_was_not_handed_in_has_no_page(client):
    registration = proven()
    assert len(registration.ticket) == 43
    assert client.get(page_of(registration)).status_code == 404


def test_a_ticket_shows_its_own_application_only(client):
    first = handed_in()
    other = handed_in("s-mori@pref.kochi.lg.jp", slug="390003")
    texts = [client.get(page_of(row)).content.decode() for row in (first, other)]
    assert ["中土佐町" in text for text in texts] == [True, False]
    assert first.ticket not in texts[1]


def test_the_question_is_answered_on_the_page(client, asked):
    text = client.get(page_of(asked)).content.decode()
    assert "代表番号を &lt;教えて&gt; ください。" in text
    assert client.post(page_of(asked), {"answer": "0889-52-\u202e2211 です。"}).url == page_of(asked)
    asked.refresh_from_db()
    assert (asked.answer, asked.awaiting_answer) == ("0889-52-2211 です。", False)
    assert asked.answered_at is not None
    page = client.get(page_of(asked))
    assert [turn.answer for turn in page.context["talk"]] == ["0889-52-2211 です。"]
    assert page.content.decode().count("&lt;教えて&gt;") == 1


def test_the_whole_conversation_is_shown_with_its_times_and_without_a_name(client, asked):
    answer_question(asked, answer="住民係です。")
    ask_for_more(asked.asked_by, asked, question="内線は何番ですか。")
    asked.refresh_from_db()
    told = client.get(page_of(asked)).content.decode()
    earlier, now = told.index("住民係です。"), told.index("内線は何番ですか。")
    assert now < earlier
    assert [turn.question for turn in client.get(page_of(asked)).context["talk"]] == [QUESTION]
    answer_question(asked, answer="<b>214</b>です。")
    page = client.get(page_of(asked))
    turns = [(turn.question, turn.answer) for turn in page.context["talk"]]
    assert turns == [(QUESTION, "住民係です。"), ("内線は何番ですか。", "<b>214</b>です。")]
    told = page.content.decode()
    assert "&lt;b&gt;214&lt;/b&gt;です。" in told
    assert told.count("あなたのお答え") == 2
    assert asked.asked_by.name not in told


def test_a_decided_application_still_shows_the_conversation(client, asked):
    answer_question(asked, answer="住民係です。")
    decline(person("oonishi"), asked, reason="確かめられませんでした。")
    page = client.get(page_of(asked))
    assert [turn.answer for turn in page.context["talk"]] == ["住民係です。"]
    assert "事務局とのやりとり" in page.content.decode()


@pytest.mark.parametrize("answer", ["", "　\u200b", "字" * 65_536, "は\x00い"])
def test_a_bad_answer_stays_and_changes_nothing(client, asked, answer):
    page = client.post(page_of(asked), {"answer": answer})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["answer"])
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_at) == ("", None)


def test_nothing_asked_takes_no_answer(client):
    registration = handed_in()
    page = client.post(page_of(registration), {"answer": "はい"}, follow=True)
    assert [str(said) for said in page.context["messages"]] == ["いまは、お答えいただくことがありません。"]
    with pytest.raises(Refused):
        answer_question(registration, answer="はい")
    registration.refresh_from_db()
    assert registration.answer == ""


def test_a_second_answer_is_refused(client, asked):
    client.post(page_of(asked), {"answer": "はい"})
    client.post(page_of(asked), {"answer": "いいえ"})
    asked.refresh_from_db()
    assert asked.answer == "はい"


def test_a_decision_is_shown_with_its_reason(client):
    hasegawa, registration = person("hasegawa"), handed_in()
    decline(hasegawa, registration, reason="所属を確かめられませんでした。")
    text = client.get(page_of(registration)).content.decode()
    assert "今回は参加をお受けできませんでした" in text
    assert "所属を確かめられませんでした。" in text
    assert hasegawa.name not in text


def test_who_applies_again_is_told_why_the_first_was_declined(client):
    hasegawa, first = person("hasegawa"), handed_in()
    decline(hasegawa, first, reason="代表番号が <違い> ました。")
    decline(hasegawa, handed_in("s-mori@pref.kochi.lg.jp", slug="390003"), reason="別の人の理由")
    again = proven()
    session = client.session
    session["registration"] = {"id": again.pk, "proven": True}
    session.save()
    text = client.get("/accounts/signup/details/").content.decode()
    assert "理由：代表番号が &lt;違い&gt; ました。" in text
    assert f'href="{page_of(first)}"' in text
    assert "別の人の理由" not in text


def test_an_approval_leads_to_the_log_in(client):
    registration = handed_in()
    approve(person("hasegawa"), registration)
    text = client.get(page_of(registration)).content.decode()
    assert "参加できるようになりました" in text
    assert 'href="/accounts/login/"' in text.split("<main")[1]


def test_the_last_step_names_the_page(client):
    organisation("390003")
    registration = handed_in()
    session = client.session
    session["registration"] = {"id": registration.pk, "proven": True}
    session.save()
    assert f'href="{page_of(registration)}"' in client.get("/accounts/signup/received/").content.decode()


def test_a_question_is_found_with_address_and_code_too(asked):
    browser = Client()
    session = browser.session
    session["registration"] = {"id": asked.pk, "proven": True}
    session.save()
    assert browser.get("/accounts/signup/received/").url == page_of(asked)


def test_only_get_and_post_are_answered(client):
    assert client.put(page_of(handed_in())).status_code == 405
