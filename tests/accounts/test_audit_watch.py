"""What the audit log notices by itself: log-ins, wrong passwords, refusals, limits, and from where."""

import json
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client, RequestFactory, override_settings

from accounts.actions import audit
from accounts.audit_receivers import mark_of
from accounts.models import AuditEntry
from accounts.whereabouts import address_of, coming_from, current_address
from kyoso.logs import JsonLines
from tests import factories
from tests.accounts import test_second_factor
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
DESK = "/secretariat/registrations/"


def log_in(client, email, password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password}, REMOTE_ADDR="203.0.113.9")


def told(entry):
    noun = (entry.noun, entry.noun_id) if entry.noun else None
    return entry.deed, entry.actor_id, noun, entry.address


def log(*deeds):
    entries = AuditEntry.objects.order_by("id")
    return [told(entry) for entry in (entries.filter(deed__in=deeds) if deeds else entries)]


def test_logging_in_and_out_is_recorded_with_the_address(client):
    tanaka = person("tanaka")
    log_in(client, tanaka.email)
    client.post("/accounts/logout/", REMOTE_ADDR="203.0.113.10")
    itself = ("member", tanaka.pk)
    assert log() == [
        ("login.succeeded", tanaka.pk, itself, "203.0.113.9"),
        ("login.ended", tanaka.pk, itself, "203.0.113.10"),
    ]


def test_failed_log_ins_are_recorded_without_what_was_typed(client):
    tanaka = person("tanaka")
    log_in(client, tanaka.email.upper(), "chigau-password")
    log_in(client, "himitsu@pass.example.lg.jp", "chigau-password")
    assert log() == [
        ("login.failed", None, ("member", tanaka.pk), "203.0.113.9"),
        ("login.failed", None, None, "203.0.113.9"),
    ]
    written = json.dumps(list(AuditEntry.objects.values("deed", "noun", "detail")))
    assert not any(secret in written for secret in ("tanaka", "himitsu", "pass.example", "chigau"))
    marks = [entry.detail["mark"] for entry in AuditEntry.objects.order_by("id")]
    assert marks == [mark_of(tanaka.email), mark_of("Himitsu@pass.example.lg.jp ")]


def test_the_sixth_wrong_password_is_a_limit(client):
    tanaka = person("tanaka")
    for _ in range(7):
        log_in(client, tanaka.email, "chigau-password")
    assert len(log("login.failed")) == 5
    assert log("limit.reached") == [("limit.reached", None, None, "203.0.113.9")]
    entry = AuditEntry.objects.get(deed="limit.reached")
    assert entry.detail == {"route": "accounts/login/", "limit": "login_failed"}


def test_a_changed_password_is_recorded(client):
    tanaka = person("tanaka")
    log_in(client, tanaka.email)
    new = "kawa-no-mukou-no-yama"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert log("password.changed") == [("password.changed", tanaka.pk, ("member", tanaka.pk), "127.0.0.1")]
    assert new not in json.dumps(list(AuditEntry.objects.values_list("detail", flat=True)))


def test_too_many_codes_for_one_address_are_a_limit(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"registration_codes": "1/h/key"}
    settings.ACCOUNT_RATE_LIMITS.pop("registration_code")
    for _ in range(2):
        client.post("/accounts/signup/", {"email": "sasaki@town.nakatosa.lg.jp"})
    assert [entry.detail["limit"] for entry in AuditEntry.objects.all()] == ["registration_codes"]


def logged_in(member):
    browser = Client()
    browser.force_login(member)
    return browser


def refusals():
    entries = AuditEntry.objects.filter(deed="access.refused").order_by("id")
    return [(entry.actor_id, entry.detail) for entry in entries]


def test_a_member_at_the_desk_is_refused_and_recorded_once_a_minute():
    tanaka, miura = person("tanaka"), person("miura")
    browser = logged_in(tanaka)
    for number in range(5):
        assert browser.get(f"{DESK}{number}/").status_code == 404
    assert logged_in(miura).get(f"{DESK}7/").status_code == 404
    route = "secretariat/registrations/<int:registration_id>/"
    seen = {"route": route, "status": 404, "method": "GET"}
    assert refusals() == [(tanaka.pk, seen), (miura.pk, seen)]


def test_the_same_refusal_is_recorded_again_after_a_minute(monkeypatch):
    tanaka = person("tanaka")
    browser = logged_in(tanaka)
    browser.get(DESK)
    monkeypatch.setattr(audit, "REPEATS_WITHIN", audit.timedelta(0))
    browser.get(DESK)
    assert [actor for actor, _ in refusals()] == [tanaka.pk, tanaka.pk]


def test_a_deed_without_permission_is_recorded_and_an_old_link_is_not():
    tanaka, miura = person("tanaka"), person("miura")
    browser = logged_in(tanaka)
    channel = factories.channel()
    assert browser.post(f"/channels/{channel.slug}/posts/", {"text": "x", "cid": uuid4()}).status_code == 403
    assert browser.post(f"/members/{miura.pk}/suspension/", {"reason": "x"}).status_code == 404
    assert browser.get("/posts/999999/").status_code == 404
    assert browser.get("/nowhere/").status_code == 404
    assert [detail["status"] for _, detail in refusals()] == [403, 404]


def test_visitors_and_the_secretariat_are_not_refused(client):
    client.get(DESK)
    logged_in(person("oonishi")).get(DESK)
    assert refusals() == []


def test_deeds_of_a_request_know_from_where(client):
    oonishi, tanaka = person("oonishi"), person("tanaka")
    browser = logged_in(oonishi)
    browser.post(f"/members/{tanaka.pk}/suspension/", {"reason": "転載"}, REMOTE_ADDR="2001:db8::7")
    assert log("member.suspended") == [("member.suspended", oonishi.pk, ("member", tanaka.pk), "2001:db8::7")]
    assert current_address() is None


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.1", "203.0.113.9"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.9.9.9, 198.51.100.1", "198.51.100.1"),
        (2, "198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (2, "198.51.100.1", None),
        (1, "no address", None),
        (1, "", "203.0.113.9"),
    ],
)
def test_the_address_is_the_terminals_only_as_far_as_proxies_are_trusted(proxies, forwarded, address):
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", **headers)
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=proxies):
        assert address_of(request) == address
        with coming_from(request):
            assert audit.record(None, "member.resumed").address == address


def test_each_verification_writes_the_head_into_the_log_lines(caplog):
    entry = audit.record(person("oonishi"), "member.resumed")
    with caplog.at_level("INFO", "accounts.actions.audit"):
        call_command("verify_audit", verbosity=0)
    line = json.loads(JsonLines().format(caplog.records[-1]))
    assert (line["level"], line["entries"], line["chained"]) == ("INFO", 1, entry.chained)


def test_a_visitor_who_logs_out_leaves_nothing(client):
    client.logout()
    assert log() == []


def factor_log():
    entries = AuditEntry.objects.filter(deed__startswith="factor.").order_by("id")
    return [(entry.deed, entry.actor_id, entry.detail["kind"]) for entry in entries]


def test_changes_of_the_second_factor_are_recorded_without_its_secrets(
    client, django_capture_on_commit_callbacks
):
    tanaka = person("tanaka")
    log_in(client, tanaka.email)
    with django_capture_on_commit_callbacks(execute=True):
        secret, codes = test_second_factor.set_up(client)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{test_second_factor.CODES}generate/")
    client.post("/accounts/second-factor/totp/deactivate/")
    assert factor_log() == [
        ("factor.added", tanaka.pk, "totp"),
        ("factor.added", tanaka.pk, "recovery_codes"),
        ("factor.renewed", tanaka.pk, "recovery_codes"),
        ("factor.removed", tanaka.pk, "totp"),
        ("factor.removed", tanaka.pk, "recovery_codes"),
    ]
    written = json.dumps(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert [word for word in (secret, *codes) if word in written] == []


def test_a_log_in_counts_when_the_second_factor_is_given(client):
    tanaka = person("tanaka")
    log_in(client, tanaka.email)
    _, codes = test_second_factor.set_up(client)
    browser = Client()
    log_in(browser, tanaka.email)
    assert len(log("login.succeeded")) == 1
    browser.post(test_second_factor.AUTHENTICATE, {"code": "000000"})
    assert AuditEntry.objects.filter(deed="factor.failed", noun_id=tanaka.pk).count() == 1
    browser.post(test_second_factor.AUTHENTICATE, {"code": codes[0]})
    assert len(log("login.succeeded")) == 2
