"""The second factor: setting it up, logging in with it, and who must have it before the desk opens."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import get_user
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.models import Member
from tests import factories
from tests.jobs import run_jobs
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

INDEX, ACTIVATE = "/accounts/second-factor/", "/accounts/second-factor/totp/activate/"
AUTHENTICATE, CODES = "/accounts/second-factor/authenticate/", "/accounts/second-factor/recovery-codes/"
DESK = "/secretariat/registrations/"
# The right keys with nothing in them.
SHAPED = json.dumps(
    {
        "id": "eA",
        "rawId": "eA",
        "type": "public-key",
        "response": {
            "clientDataJSON": "e30",
            "attestationObject": "oA",
            "authenticatorData": "eA",
            "signature": "eA",
        },
    }
)
WRONG = "確認できませんでした。コードを見て、もう一度お試しください。"


def log_in(client, member):
    return client.post("/accounts/login/", {"login": member.email, "password": PASSWORD})


def prove(client):
    """Type the password again, as before every change of the factors."""
    return client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def now_in(secret: str) -> str:
    """What the telephone shows."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def set_up(client) -> tuple[str, list[str]]:
    """Set up the app; gives its secret and the recovery codes shown once."""
    prove(client)
    secret = client.get(ACTIVATE).context["form"].secret
    done = client.post(ACTIVATE, {"code": now_in(secret)})
    assert done.url == CODES
    return secret, client.get(CODES).context["unused_codes"]


@pytest.fixture
def demanded(settings):
    settings.REQUIRE_SECOND_FACTOR = True


def test_the_app_is_set_up_with_its_code_and_ten_recovery_codes_are_shown_once(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    secret, codes = set_up(client)
    assert [len(code) for code in codes] == [8] * 10
    assert all(code.isdigit() for code in codes)
    assert client.get(CODES).context["unused_codes"] == ["****"] * 10
    stored = Authenticator.objects.get(user=tanaka, type="totp").data["secret"]
    assert secret not in stored


def test_a_wrong_code_sets_nothing_up(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    prove(client)
    client.get(ACTIVATE)
    answer = client.post(ACTIVATE, {"code": "000000x"})
    assert answer.context["form"].errors == {"code": [WRONG]}
    assert Authenticator.objects.count() == 0


@pytest.mark.parametrize(
    "page", [ACTIVATE, "/accounts/second-factor/webauthn/add/", f"{CODES}generate/", "/accounts/email/"]
)
def test_a_change_asks_for_the_password_again_after_five_minutes(client, page):
    log_in(client, person("tanaka"))
    back = "/accounts/reauthenticate/?next="
    if page != "/accounts/email/":
        assert client.get(page).url.startswith(back)
    prove(client)
    assert client.get(page).status_code == 200
    age_proof(client, 301)
    answer = client.post(page, {"action_add": "1", "email": "x@example.lg.jp"})
    assert answer.url.startswith(back)


def age_proof(client, seconds):
    """Move the time of the last proof back."""
    session = client.session
    session["account_authentication_methods"] = [
        record | {"at": record["at"] - seconds} for record in session["account_authentication_methods"]
    ]
    session.save()


def test_after_the_password_the_code_is_asked_for(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    secret, _ = set_up(client)
    later = Client()
    assert log_in(later, tanaka).url == AUTHENTICATE
    assert not get_user(later).is_authenticated
    assert later.get("/home/").url == "/accounts/login/?next=/home/"
    assert later.get(AUTHENTICATE).status_code == 200
    wrong = later.post(AUTHENTICATE, {"code": "12"})
    assert wrong.context["form"].errors == {"code": [WRONG]}
    forget_used_codes()
    assert later.post(AUTHENTICATE, {"code": now_in(secret)}).url == "/home/"
    assert get_user(later) == tanaka


def forget_used_codes():
    """A code works once; half a minute passes."""
    cache.clear()


def test_a_code_works_once(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    secret, _ = set_up(client)
    code = now_in(secret)
    first, second = Client(), Client()
    forget_used_codes()
    for browser in (first, second):
        log_in(browser, tanaka)
        browser.post(AUTHENTICATE, {"code": code})
    assert [get_user(browser).is_authenticated for browser in (first, second)] == [True, False]


def test_a_recovery_code_opens_the_account_once(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    _, codes = set_up(client)
    first, second = Client(), Client()
    for browser in (first, second):
        log_in(browser, tanaka)
        browser.post(AUTHENTICATE, {"code": codes[0]})
    assert [get_user(browser).is_authenticated for browser in (first, second)] == [True, False]


def test_somebody_elses_recovery_code_opens_nothing(client):
    tanaka, miura = person("tanaka"), person("miura")
    log_in(client, tanaka)
    _, codes = set_up(client)
    other = Client()
    log_in(other, miura)
    set_up(other)
    thief = Client()
    log_in(thief, miura)
    thief.post(AUTHENTICATE, {"code": codes[1]})
    assert not get_user(thief).is_authenticated


def test_five_wrong_codes_lock_the_second_step(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    secret, _ = set_up(client)
    forget_used_codes()
    guesser = Client()
    log_in(guesser, tanaka)
    for _ in range(5):
        guesser.post(AUTHENTICATE, {"code": "12"})
    locked = guesser.post(AUTHENTICATE, {"code": now_in(secret)})
    assert locked.context["form"].errors == {
        "code": ["続けて間違えたため、いまはログインできません。5分待ってお試しください。"]
    }


@pytest.mark.parametrize("key", ["hasegawa", "oonishi"])
def test_without_a_second_factor_the_desk_stays_shut(client, demanded, key):
    log_in(client, person(key))
    assert client.get(DESK).url == INDEX
    script = client.get(DESK, headers={"Accept": "application/json"})
    assert (script.status_code, script.json()) == (
        403,
        {"error": "審査と事務局の仕事を始める前に、2つ目の認証を設定してください。"},
    )
    assert client.get("/home/").status_code == 200


def test_the_set_up_opens_the_desk(client, demanded):
    log_in(client, person("hasegawa"))
    set_up(client)
    answer = client.get(DESK)
    assert answer.status_code == 200
    assert "試用のため" not in answer.content.decode()


def test_recovery_codes_alone_are_no_second_factor(client, demanded):
    hasegawa = person("hasegawa")
    log_in(client, hasegawa)
    set_up(client)
    Authenticator.objects.filter(user=hasegawa, type="totp").delete()
    assert client.get(DESK).url == INDEX


def test_a_suspension_needs_the_second_factor_too(client, demanded):
    oonishi, tanaka = person("oonishi"), person("tanaka")
    log_in(client, oonishi)
    page = f"/members/{tanaka.pk}/suspension/"
    assert client.post(page, {"reason": "試験"}).url == INDEX
    assert Member.objects.get(pk=tanaka.pk).suspended_at is None
    set_up(client)
    assert client.post(page, {"reason": "試験"}).url == f"/members/{tanaka.pk}/"
    assert Member.objects.get(pk=tanaka.pk).suspended_at


def test_the_desk_stays_unknown_to_members_with_and_without_the_demand(client, settings):
    log_in(client, person("tanaka"))
    for demand in (True, False):
        settings.REQUIRE_SECOND_FACTOR = demand
        assert client.get(DESK).status_code == 404


def test_the_trial_site_says_that_it_does_not_ask(client, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    log_in(client, person("hasegawa"))
    assert re.findall(r"試用のため、2つ目の認証を求めていません。", client.get(DESK).content.decode()) == [
        "試用のため、2つ目の認証を求めていません。"
    ]


def test_the_app_is_taken_off_again_with_its_codes(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    set_up(client)
    off = "/accounts/second-factor/totp/deactivate/"
    assert client.get(off).status_code == 200
    assert client.post(off).url == INDEX
    assert Authenticator.objects.count() == 0
    assert client.post(off).status_code == 404


def test_a_strangers_passkey_cannot_be_removed_or_named(client):
    tanaka, miura = person("tanaka"), person("miura")
    key = Authenticator.objects.create(user=miura, type="webauthn", data={"name": "鍵", "credential": {}})
    log_in(client, tanaka)
    prove(client)
    for deed in ("remove", "edit"):
        page = f"/accounts/second-factor/webauthn/keys/{key.pk}/{deed}/"
        assert client.get(page).status_code == 404
        assert client.post(page, {"name": "私の"}).status_code == 404
    key.refresh_from_db()
    assert key.data["name"] == "鍵"


@pytest.mark.parametrize(
    "credential",
    ["", "{", "[]", "{}", '{"id":"x"}', "1", '{"response": {"userHandle": "%%"}}', "\x00", SHAPED],
)
def test_a_made_up_passkey_opens_nothing(client, credential):
    tanaka = person("tanaka")
    client.get("/accounts/second-factor/webauthn/login/", headers={"Accept": "application/json"})
    answer = client.post("/accounts/second-factor/webauthn/login/", {"credential": credential})
    assert answer.url == "/accounts/login/"
    log_in(client, tanaka)
    prove(client)
    adding = client.get("/accounts/second-factor/webauthn/add/")
    assert adding.status_code == 200
    refused = client.post("/accounts/second-factor/webauthn/add/", {"credential": credential})
    assert refused.status_code == 200
    assert Authenticator.objects.count() == 0


def test_the_pages_are_in_our_frame_and_closed_to_strangers(client):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    set_up(client)
    pages = [INDEX, CODES, f"{CODES}generate/", "/accounts/second-factor/totp/deactivate/"]
    pages += ["/accounts/second-factor/webauthn/", "/accounts/second-factor/webauthn/add/"]
    pages += ["/accounts/second-factor/reauthenticate/"]
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert 'class="ky-site"' in answer.content.decode(), page
        assert "style=" not in answer.content.decode(), page
        assert Client().get(page).url.startswith("/accounts/login/"), page


@pytest.mark.django_db(transaction=True)
def test_every_change_of_the_factors_is_mailed(client):
    log_in(client, person("tanaka"))
    set_up(client)
    client.post(f"{CODES}generate/")
    client.post("/accounts/second-factor/totp/deactivate/")
    run_jobs()
    assert [letter.subject for letter in mail.outbox] == [
        "【共創】2つ目の認証を設定しました",
        "【共創】回復コードを作り直しました",
        "【共創】2つ目の認証を外しました",
    ]
    assert all(letter.content_subtype == "plain" for letter in mail.outbox)


@pytest.fixture
def demanded_of_all(settings):
    settings.REQUIRE_SECOND_FACTOR_OF_ALL = True


@pytest.mark.parametrize("page", ["/home/", "/members/", "/channels/", "/accounts/", "/accounts/email/"])
@pytest.mark.parametrize("key", ["tanaka", "hasegawa"])
def test_demanded_of_all_it_comes_before_anything_is_seen(client, demanded_of_all, key, page):
    log_in(client, person(key))
    assert client.get(page).url == INDEX
    script = client.get(page, headers={"Accept": "application/json"})
    assert (script.status_code, script.json()) == (
        403,
        {"error": "共創を使い始める前に、2つ目の認証を設定してください。"},
    )
    set_up(client)
    assert client.get(page).status_code in {200, 302, 404}
    assert client.get(page).headers.get("Location") != INDEX


@pytest.mark.parametrize("page", ["/conduct/", "/accounts/conduct/", INDEX, "/accounts/logout/", "/nowhere/"])
def test_demanded_of_all_no_page_lists_the_channels(client, demanded_of_all, page):
    """The sidebar names channels, also closed ones, and counts what is new in them."""
    tanaka = person("tanaka")
    channel = factories.channel("himitsu", tanaka, kind="private", name="ひみつの会")
    log_in(client, tanaka)
    told = client.get(page, follow=True)
    assert (channel.name in told.content.decode(), told.status_code) == (False, 404 if "now" in page else 200)


def test_demanded_of_all_the_code_of_conduct_is_agreed_to_first(client, demanded_of_all):
    log_in(client, person("tanaka", conduct_version="2019-04"))
    page = client.get(INDEX, follow=True)
    assert (page.status_code, page.context["onward"]) == (200, INDEX)
    assert client.post("/accounts/conduct/", {"accept": "on", "next": INDEX}).url == INDEX
    assert client.get(INDEX).status_code == 200


def test_demanded_of_all_a_deed_is_not_done(client, demanded_of_all):
    tanaka = person("tanaka")
    log_in(client, tanaka)
    assert client.post("/members/me/closing/", {"password": PASSWORD, "sure": "on"}).url == INDEX
    assert Member.objects.get(pk=tanaka.pk).is_active


def test_demanded_of_all_the_way_to_it_and_out_stays_open(client, demanded_of_all):
    log_in(client, person("tanaka"))
    page = client.get(INDEX).content.decode()
    assert "このサイトでは全員に必須です。" in page
    assert client.get("/accounts/session/").json()["left"] > 0
    prove(client)
    for open_page in (ACTIVATE, "/accounts/second-factor/webauthn/add/", "/accounts/logout/"):
        assert client.get(open_page).status_code == 200, open_page
    assert client.post("/accounts/logout/").url == "/"


def test_by_default_it_is_not_demanded_of_members(client, demanded):
    log_in(client, person("tanaka"))
    assert client.get("/home/").status_code == 200
    assert "全員に必須" not in client.get(INDEX).content.decode()
