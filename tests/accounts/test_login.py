"""Logging in and out, and choosing a new password: the library's pages in our words."""

import re

import pytest
from allauth import app_settings as library_settings
from allauth.account import app_settings as account_settings
from allauth.account import urls as library_urls
from django.conf import settings
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import Member
from tests.applicants import ADDRESS, handed_in
from tests.jobs import run_jobs
from tests.people import PASSWORD, organisation, person

pytestmark = pytest.mark.django_db

LOGIN, RESET = "/accounts/login/", "/accounts/password/reset/"
CODE, NEW_PASSWORD = "/accounts/password/reset/confirm/", "/accounts/password/reset/complete/"
WRONG = "メールアドレスかパスワードが違います。"


def log_in(client, email, password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


def sentences(answer):
    return list(answer.context["form"].non_field_errors())


def test_a_member_logs_in_and_comes_home(client):
    tanaka = person("tanaka")
    answer = log_in(client, tanaka.email.upper())
    assert (answer.status_code, answer.url) == (302, "/home/")
    assert get_user(client) == tanaka
    assert client.session.get_expire_at_browser_close()


def test_after_login_the_page_asked_for_opens(client):
    tanaka = person("tanaka")
    answer = client.post(f"{LOGIN}?next=/members/", {"login": tanaka.email, "password": PASSWORD})
    assert answer.url == "/members/"
    outside = Client().post(f"{LOGIN}?next=//evil.example/", {"login": tanaka.email, "password": PASSWORD})
    assert outside.url == "/home/"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(client):
    tanaka = person("tanaka")
    answers = [log_in(client, tanaka.email, "chigau-password"), log_in(client, "nobody@example.lg.jp")]
    assert [sentences(answer) for answer in answers] == [[WRONG], [WRONG]]
    assert answers[0].context["form"]["login"].value() == tanaka.email
    assert not get_user(client).is_authenticated


def test_an_applicant_who_waits_hears_the_same_and_finds_the_hint(client):
    organisation("390003")
    handed_in()
    answer = log_in(client, ADDRESS)
    assert sentences(answer) == [WRONG]
    assert (
        "事務局が確かめると、メールでお知らせします。それまではログインできません。"
        in answer.content.decode()
    )


def test_a_suspended_member_is_told_only_with_the_right_password(client):
    tanaka = person("tanaka", suspended_at=timezone.now())
    assert sentences(log_in(client, tanaka.email, "chigau-password")) == [WRONG]
    answer = log_in(client, tanaka.email)
    assert answer.url == "/accounts/inactive/"
    assert client.get(answer.url).status_code == 200
    assert not get_user(client).is_authenticated


def test_five_wrong_passwords_lock_this_address_only(client):
    tanaka, miura = person("tanaka"), person("miura")
    for _ in range(5):
        log_in(client, tanaka.email, "chigau-password")
    locked = log_in(client, tanaka.email)
    assert sentences(locked) == ["続けて間違えたため、いまはログインできません。5分待ってお試しください。"]
    assert log_in(client, miura.email).url == "/home/"


@pytest.mark.parametrize("typed", ["", "a\x00b@example.lg.jp", "x" * 65_536 + "@example.jp", b"\xff\xfe"])
def test_hostile_log_ins_are_answered_in_place(client, typed):
    person("tanaka")
    for facts in (
        {"login": typed, "password": PASSWORD},
        {"login": "tanaka@example.lg.jp", "password": typed},
    ):
        answer = client.post(LOGIN, facts)
        assert answer.status_code == 200
        assert answer.context["form"].errors


def test_logging_out_is_a_post(client):
    tanaka = person("tanaka")
    client.force_login(tanaka)
    assert client.get("/accounts/logout/").status_code == 200
    assert get_user(client) == tanaka
    assert client.post("/accounts/logout/").url == "/"
    assert not get_user(client).is_authenticated


def reset_code():
    return "".join(re.search(r"^ {4}(\d{3}) (\d{3})$", mail.outbox[-1].body, re.MULTILINE).groups())


def test_a_forgotten_password_is_replaced_by_a_mailed_code(client):
    tanaka = person("tanaka")
    old = Client()
    log_in(old, tanaka.email)
    assert client.post(RESET, {"email": tanaka.email}).url == CODE
    assert client.get(CODE).status_code == 200
    run_jobs()
    assert mail.outbox[-1].subject == "【共創】確認の数字：パスワードの決め直し"
    assert client.post(CODE, {"code": reset_code()}).url == NEW_PASSWORD
    assert client.get(NEW_PASSWORD).status_code == 200
    weak = client.post(NEW_PASSWORD, {"password1": "mijikai", "password2": "mijikai"})
    assert weak.context["form"].errors
    new = "kawa-no-mukou-no-yama"
    done = client.post(NEW_PASSWORD, {"password1": new, "password2": new})
    assert client.get(done.url).status_code == 200
    run_jobs()
    assert mail.outbox[-1].subject == "【共創】パスワードを決め直しました"
    assert log_in(Client(), tanaka.email, new).url == "/home/"
    assert not get_user(old).is_authenticated


def test_a_reset_for_a_stranger_shows_the_same_page_and_mails_the_truth(client):
    tanaka = person("tanaka")
    pages = []
    for email in (tanaka.email, "nobody@example.lg.jp"):
        browser = Client()
        page = browser.get(browser.post(RESET, {"email": email}).url).content.decode().replace(email, "")
        pages.append(re.sub(r'value="\w{64}"', "", page))
    assert pages[0] == pages[1]
    run_jobs()
    assert mail.outbox[-1].subject == "【共創】このアドレスの会員はいません"


def test_a_password_is_changed_with_the_old_one(client):
    tanaka = person("tanaka")
    log_in(client, tanaka.email)
    page = "/accounts/password/change/"
    assert client.get(page).status_code == 200
    new = "kawa-no-mukou-no-yama"
    wrong = client.post(page, {"oldpassword": "chigau", "password1": new, "password2": new})
    assert list(wrong.context["form"].errors) == ["oldpassword"]
    assert client.post(page, {"oldpassword": PASSWORD, "password1": new, "password2": new}).url == "/home/"
    tanaka.refresh_from_db()
    assert tanaka.check_password(new)
    run_jobs()
    assert mail.outbox[-1].subject == "【共創】パスワードが変わりました"


def library_pages():
    """The address of every page that the library brings."""
    for pattern in library_urls.urlpatterns:
        try:
            yield reverse(pattern.name)
        except NoReverseMatch:
            continue


@pytest.mark.parametrize("who", ["stranger", "member"])
def test_every_page_of_the_library_is_ours_or_absent(client, who):
    if who == "member":
        log_in(client, person("tanaka").email)
    for page in library_pages():
        answer = client.get(page)
        assert answer.status_code in {200, 302, 404}, page
        if answer.status_code == 200:
            assert 'class="ky-site"' in answer.content.decode(), page
            assert "style=" not in answer.content.decode(), page


def test_only_the_doors_are_open_to_strangers(client):
    doors = {page for page in library_pages() if client.get(page).status_code == 200}
    assert doors == {LOGIN, RESET, "/accounts/signup/", "/accounts/inactive/", NEW_PASSWORD[:-9] + "done/"}
    assert client.get("/accounts/").url == f"{LOGIN}?next=/accounts/"


def test_what_the_library_offers_and_kyoso_does_not_is_absent(client):
    client.force_login(person("tanaka"))
    assert client.get("/accounts/password/set/").status_code == 404
    assert client.get("/accounts/login/code/confirm/").status_code == 404


def test_the_librarys_own_sign_up_creates_nobody(client):
    client.post("/accounts/signup/", {"email": "x@example.lg.jp", "password1": PASSWORD})
    assert Member.objects.count() == 0


def test_the_settings_name_what_the_library_knows():
    ours = [name.removeprefix("ACCOUNT_") for name in dir(settings) if name.startswith("ACCOUNT_")]
    assert [name for name in ours if not hasattr(account_settings, name)] == []
    ours = [name.removeprefix("ALLAUTH_") for name in dir(settings) if name.startswith("ALLAUTH_")]
    assert [name for name in ours if not hasattr(library_settings, name)] == []
