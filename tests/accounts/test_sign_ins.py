"""What a member learns about log-ins, and the change of the address: both keep an account its owner's."""

import re
from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.browsers import browser_name
from accounts.models import Affiliation, Member, SignIn
from tests.jobs import run_jobs
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

EMAIL, CODE = "/accounts/email/", "/accounts/confirm-email/"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def log_in(member, agent=EDGE):
    browser = Client(headers={"User-Agent": agent})
    answer = browser.post("/accounts/login/", {"login": member.email, "password": PASSWORD}, follow=True)
    return browser, [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (EDGE, "Edge（Windows）"),
        (FIREFOX, "Firefox（Linux）"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari（iPhone）",
        ),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome（Android）"),
        ("", "不明なブラウザー"),
        ("<script>" * 90, "不明なブラウザー"),
        ("Firefox", "Firefox"),
    ],
)
def test_browsers_have_names_that_people_know(agent, name):
    assert browser_name(agent) == name


@pytest.mark.parametrize(
    ("address", "place"),
    [("203.0.113.9", "203.0.x.x"), (None, "不明"), ("2001:db8:1:2::9", "2001:db8:…"), ("::1", "::…")],
)
def test_of_an_address_only_the_beginning_is_shown(address, place):
    assert SignIn(address=address).place == place


def test_the_previous_log_in_is_shown_from_the_second_time_on():
    tanaka = person("tanaka")
    assert log_in(tanaka)[1] == []
    SignIn.objects.update(at=datetime(2026, 11, 20, 0, 12, tzinfo=UTC))
    assert log_in(tanaka, FIREFOX)[1] == [
        "前回のログイン：11月20日（金）9:12、Edge（Windows）、接続元 127.0.x.x"
    ]


def test_the_log_in_of_somebody_else_is_not_shown():
    miura, tanaka = person("miura"), person("tanaka")
    log_in(miura)
    assert log_in(tanaka)[1] == []


def test_a_new_browser_is_mailed_and_a_known_or_the_first_one_is_not():
    tanaka, miura = person("tanaka"), person("miura")
    log_in(miura, FIREFOX)
    for agent in (EDGE, EDGE, FIREFOX, FIREFOX):
        log_in(tanaka, agent)
    assert run_jobs() == ["mail_sign_in_new"]
    (letter,) = mail.outbox
    assert letter.to == [tanaka.email]
    assert letter.subject == "【共創】新しいブラウザーからログインがありました"
    assert "  ブラウザー  Firefox（Linux）\n  接続元      127.0.x.x\n" in letter.body
    assert letter.content_subtype == "plain"


def test_a_wrong_password_is_no_log_in():
    tanaka = person("tanaka")
    Client().post("/accounts/login/", {"login": tanaka.email, "password": "chigau-password"})
    assert SignIn.objects.count() == 0


def test_the_account_page_shows_ones_own_log_ins_only():
    tanaka, miura = person("tanaka"), person("miura")
    log_in(miura, FIREFOX)
    browser, _ = log_in(tanaka)
    page = browser.get("/accounts/")
    assert [sign_in.member for sign_in in page.context["sign_ins"]] == [tanaka]
    text = page.content.decode()
    assert re.findall(r'href="(/(?:accounts|members)/[^"]+)"', text) == [
        EMAIL,
        "/accounts/password/change/",
        "/accounts/second-factor/",
        "/accounts/sessions/",
        "/accounts/password/change/",
        f"/members/{tanaka.pk}/",
        "/accounts/preferences/",
        "/members/me/closing/",
    ]
    assert Client().get("/accounts/").url == "/accounts/login/?next=/accounts/"


def proven(member):
    """A browser in which the password was typed a moment ago."""
    browser, _ = log_in(member)
    browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return browser


def change(browser, email):
    answer = browser.post(EMAIL, {"action_add": "1", "email": email})
    run_jobs()
    return answer


def mailed_code():
    return "".join(re.search(r"^ {4}(\d{3}) (\d{3})$", mail.outbox[-1].body, re.MULTILINE).groups())


def test_an_address_is_changed_by_the_code_and_the_old_one_is_told():
    tanaka = person("tanaka")
    browser = proven(tanaka)
    assert change(browser, "Rina.Tanaka@example.lg.jp").status_code == 302
    assert mail.outbox[-1].to == ["rina.tanaka@example.lg.jp"]
    assert Member.objects.get(pk=tanaka.pk).email == "tanaka@example.lg.jp"
    assert browser.get(CODE).status_code == 200
    assert browser.post(CODE, {"code": mailed_code()}).url == "/accounts/"
    run_jobs()
    tanaka.refresh_from_db()
    assert tanaka.email == "rina.tanaka@example.lg.jp"
    assert Affiliation.objects.get(member=tanaka).email == "rina.tanaka@example.lg.jp"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("rina.tanaka@example.lg.jp", True, True)
    ]
    assert [(letter.subject, letter.to) for letter in mail.outbox[1:]] == [
        ("【共創】メールアドレスが変わりました", ["tanaka@example.lg.jp"])
    ]
    assert Client().post("/accounts/login/", {"login": tanaka.email, "password": PASSWORD}).url == "/home/"


def test_a_wrong_code_changes_nothing():
    tanaka = person("tanaka")
    browser = proven(tanaka)
    change(browser, "rina.tanaka@example.lg.jp")
    browser.post(CODE, {"code": "000000" if mailed_code() != "000000" else "000001"})
    assert Member.objects.get(pk=tanaka.pk).email == "tanaka@example.lg.jp"
    assert Affiliation.objects.get(member=tanaka).email == "tanaka@example.lg.jp"


@pytest.mark.parametrize(
    ("email", "sentence"),
    [
        (
            "rina@gmail.com",
            "フリーメールや携帯電話のアドレスは使えません。職場のアドレスを入力してください。",
        ),
        (
            "rina@city.morioka.iwate.jp",
            "いまの所属の団体のアドレスと確かめられません。異動したときや、団体のドメインが変わったときは、"
            "事務局にご連絡ください。",
        ),
        (
            "rina@example.com",
            "いまの所属の団体のアドレスと確かめられません。異動したときや、団体のドメインが変わったときは、"
            "事務局にご連絡ください。",
        ),
        ("tanaka@example.lg.jp", "いまお使いのアドレスです。"),
    ],
)
def test_other_addresses_are_refused_with_the_reason_and_stay_typed(email, sentence):
    person("miura")
    tanaka = person("tanaka")
    browser = proven(tanaka)
    answer = change(browser, email)
    assert answer.context["form"].errors == {"email": [sentence]}
    assert answer.context["form"]["email"].value() == email
    assert mail.outbox == []


@pytest.mark.parametrize("email", ["", "@", "a\x00b@example.lg.jp", "x" * 300 + "@example.lg.jp"])
def test_hostile_addresses_are_answered_in_place(email):
    browser = proven(person("tanaka"))
    answer = change(browser, email)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert mail.outbox == []


def test_the_address_of_another_member_is_not_betrayed_and_not_taken():
    tanaka, miura = person("tanaka"), person("miura")
    browser = proven(tanaka)
    free, taken = change(browser, "frei@example.lg.jp"), change(proven(person("ito")), miura.email)
    assert (free.status_code, free.url) == (taken.status_code, taken.url)
    assert Member.objects.get(pk=miura.pk).email == miura.email
    assert EmailAddress.objects.filter(email=miura.email).count() == 1
