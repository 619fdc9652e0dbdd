"""The pages of an application, step by step."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions.registrations import remove_stale_drafts
from accounts.conduct import CONDUCT_VERSION
from accounts.models import Member, Registration
from accounts.shared_directory import shared_directory
from tests.applicants import ADDRESS, DETAILS, handed_in, mailed_code
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

ADDRESS_PAGE, CODE_PAGE = "/accounts/signup/", "/accounts/signup/code/"
DETAILS_PAGE, CONDUCT_PAGE = "/accounts/signup/details/", "/accounts/signup/conduct/"
RECEIVED_PAGE = "/accounts/signup/received/"
PAGES = (ADDRESS_PAGE, CODE_PAGE, DETAILS_PAGE, CONDUCT_PAGE, RECEIVED_PAGE)


@pytest.fixture(autouse=True)
def places():
    organisation("390003")
    return organisation("394017")


def prove(client, address=ADDRESS):
    client.post(ADDRESS_PAGE, {"email": address})
    return client.post(CODE_PAGE, {"code": mailed_code(address)})


def later(seconds):
    """The last code was sent some seconds ago, also for the limits."""
    Registration.objects.update(code_sent_at=timezone.now() - timedelta(seconds=seconds))
    cache.clear()


def errors(answer):
    return {field: list(found) for field, found in answer.context["form"].errors.items()}


def test_a_whole_application_ends_at_the_desk(client):
    assert client.post(ADDRESS_PAGE, {"email": " Ｈ-Sasaki+kyoso@TOWN.nakatosa.lg.jp "}).url == CODE_PAGE
    assert client.post(CODE_PAGE, {"code": mailed_code()}).url == DETAILS_PAGE
    assert client.get(DETAILS_PAGE).context["form"].initial["organisation"] == "394017"
    assert client.post(DETAILS_PAGE, DETAILS).url == CONDUCT_PAGE
    assert client.post(CONDUCT_PAGE, {"accept": "on", "note": "職員録にあります。"}).url == RECEIVED_PAGE
    assert client.get(RECEIVED_PAGE).status_code == 200
    registration = Registration.objects.get()
    assert registration.awaiting_approval
    assert (registration.name, registration.kana) == ("佐々木 遥", "ささき はるか")
    assert (registration.email, registration.organisation.slug) == (ADDRESS, "394017")
    assert (registration.note, registration.conduct_version) == ("職員録にあります。", CONDUCT_VERSION)
    assert registration.password.startswith("argon2")
    assert Member.objects.count() == 0


def test_the_code_is_kept_as_a_hash_only(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    code = mailed_code()
    registration = Registration.objects.get()
    assert len(registration.code_hash) == 64
    assert code not in registration.code_hash


def test_no_step_can_be_skipped(client):
    assert [client.get(page).status_code for page in PAGES] == [200, 302, 302, 302, 302]
    assert [client.post(page, DETAILS).url for page in PAGES[1:]] == [ADDRESS_PAGE] * 4
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    assert [client.get(page).url for page in PAGES[2:]] == [CODE_PAGE] * 3
    client.post(CODE_PAGE, {"code": mailed_code()})
    assert [client.get(page).url for page in (CODE_PAGE, CONDUCT_PAGE, RECEIVED_PAGE)] == [DETAILS_PAGE] * 3
    client.post(DETAILS_PAGE, DETAILS)
    assert client.get(RECEIVED_PAGE).url == CONDUCT_PAGE
    client.post(CONDUCT_PAGE, {"accept": "on"})
    assert [client.get(page).url for page in PAGES[1:4]] == [RECEIVED_PAGE] * 3


def test_going_back_keeps_what_was_typed(client):
    prove(client)
    client.post(DETAILS_PAGE, DETAILS | {"title": "係長"})
    page = client.get(DETAILS_PAGE)
    kept = {field: page.context["form"][field].value() for field in ("section", "title", "name", "kana")}
    assert kept == {"section": "住民会計課", "title": "係長", "name": "佐々木 遥", "kana": "ささき はるか"}
    assert client.post(DETAILS_PAGE, DETAILS | {"password": "", "section": "総務課"}).url == CONDUCT_PAGE
    registration = Registration.objects.get()
    assert registration.section == "総務課"
    assert registration.password.startswith("argon2")


def test_another_browser_resumes_with_a_new_code_and_sees_nothing_before(client):
    prove(client)
    client.post(DETAILS_PAGE, DETAILS)
    later(20)
    other = Client()
    other.post(ADDRESS_PAGE, {"email": ADDRESS})
    assert other.get(DETAILS_PAGE).url == CODE_PAGE
    assert other.post(CODE_PAGE, {"code": mailed_code()}).url == CONDUCT_PAGE
    assert other.get(DETAILS_PAGE).context["form"]["name"].value() == "佐々木 遥"
    assert Registration.objects.count() == 1


def test_who_applied_already_sees_where_it_stands(client):
    handed_in()
    later(20)
    assert prove(client).url == RECEIVED_PAGE


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "メールアドレスを入力してください。"),
        (
            "sasaki@gmail.com",
            "フリーメールや携帯電話のアドレスは使えません。職場のアドレスを入力してください。",
        ),
        ("sasaki", "メールアドレスは「名前@example.lg.jp」の形で入力してください。"),
    ],
)
def test_a_refused_address_stays_in_the_field_with_the_reason(client, address, sentence):
    answer = client.post(ADDRESS_PAGE, {"email": address})
    assert answer.status_code == 422
    assert errors(answer) == {"email": [sentence]}
    assert answer.context["form"]["email"].value() == address
    assert (Registration.objects.count(), len(mail.outbox)) == (0, 0)


@pytest.mark.parametrize(
    "address",
    ["a\x00b@lg.jp", "a" * 65_536 + "@x.lg.jp", b"\xff\xfe@town.lg.jp", "<script>alert(1)</script>@x.jp"],
)
def test_a_hostile_address_is_answered_in_place(client, address):
    answer = client.post(ADDRESS_PAGE, {"email": address})
    assert answer.status_code == 422
    assert list(errors(answer)) == ["email"]
    assert b"<script>alert(1)" not in answer.content


def test_an_unknown_domain_is_accepted_for_a_person_to_check(client):
    assert prove(client, "taro@shichigahama.com").url == DETAILS_PAGE
    assert "担当者が確認します" in client.get(DETAILS_PAGE).content.decode()


def test_nothing_tells_whether_an_address_belongs_to_a_member(client):
    tanaka = person("tanaka", email="tanaka@town.nakatosa.lg.jp")
    shared_directory()
    pages, counts, histories = [], [], []
    for address in (tanaka.email, "sudare@town.nakatosa.lg.jp"):
        browser, history = Client(), []
        with CaptureQueriesContext(connection) as queries:
            answer = browser.post(ADDRESS_PAGE, {"email": address})
        counts.append(len(queries))
        page = browser.get(answer.url).content.decode().replace(address, "")
        pages.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page))
        for _ in range(4):
            history.append(errors(browser.post(CODE_PAGE, {"code": "000000"})))
        histories.append(history)
    assert pages[0] == pages[1]
    assert counts[0] == counts[1]
    assert histories[0] == histories[1]


def test_a_member_is_told_by_mail_that_the_account_exists(client):
    tanaka = person("tanaka")
    client.post(ADDRESS_PAGE, {"email": tanaka.email})
    run_jobs()
    assert [letter.subject for letter in mail.outbox] == ["【共創】このアドレスはすでに登録されています"]
    assert mail.outbox[0].to == [tanaka.email]


def test_a_wrong_code_three_times_uses_the_code_up(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    code = mailed_code()
    wrong = "000000" if code != "000000" else "111111"
    said = [errors(client.post(CODE_PAGE, {"code": wrong}))["code"] for _ in range(3)]
    assert said[0] == said[1] == ["数字が違います。メールを見て、もう一度入力してください。"]
    assert said[2] == ["この数字はもう使えません。「もう一度送る」で新しい数字を受け取ってください。"]
    assert errors(client.post(CODE_PAGE, {"code": code}))["code"] == said[2]
    assert Registration.objects.get().email_verified_at is None


def test_a_code_expires_after_ten_minutes(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    code = mailed_code()
    later(599)
    early = Registration.objects.get().code_expired
    later(601)
    answer = client.post(CODE_PAGE, {"code": code})
    assert (early, answer.status_code) == (False, 422)
    assert errors(answer) == {
        "code": ["この数字はもう使えません。「もう一度送る」で新しい数字を受け取ってください。"]
    }


def test_a_code_works_once(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    other = Client()
    later(20)
    other.post(ADDRESS_PAGE, {"email": ADDRESS})
    code = mailed_code()
    assert other.post(CODE_PAGE, {"code": code}).url == DETAILS_PAGE
    assert client.post(CODE_PAGE, {"code": code}).status_code == 422


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12\x003456", "9" * 65_536, b"\xff" * 6])
def test_what_is_no_code_is_no_attempt(client, code):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    answer = client.post(CODE_PAGE, {"code": code})
    assert (answer.status_code, list(errors(answer))) == (422, ["code"])
    assert Registration.objects.get().code_attempts == 0


def test_a_code_may_be_typed_with_spaces_and_wide_digits(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    code = mailed_code()
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    assert client.post(CODE_PAGE, {"code": f" {wide[:3]}　{wide[3:]} "}).url == DETAILS_PAGE


def test_another_code_is_sent_at_most_every_ten_seconds(client):
    client.post(ADDRESS_PAGE, {"email": ADDRESS})
    first = mailed_code()
    refused = client.post(CODE_PAGE, {"deed": "resend"}, follow=True).content.decode()
    assert "数字は送ったばかりです。10秒ほど待ってから、もう一度お試しください。" in refused
    assert mailed_code() == first
    later(20)
    client.post(CODE_PAGE, {"deed": "resend"})
    second = mailed_code()
    assert client.post(CODE_PAGE, {"code": second}).url == DETAILS_PAGE
    assert len(mail.outbox) == 2


def test_limits_count_addresses_not_terminals(client):
    assert client.post(ADDRESS_PAGE, {"email": ADDRESS}).status_code == 302
    stranger = Client().post(ADDRESS_PAGE, {"email": ADDRESS})
    assert errors(stranger) == {
        "email": ["数字は送ったばかりです。10秒ほど待ってから、もう一度お試しください。"]
    }
    assert Client().post(ADDRESS_PAGE, {"email": "tanaka@town.nakatosa.lg.jp"}).url == CODE_PAGE


def test_an_address_gets_ten_codes_an_hour(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"registration_code": None}
    sent = [Client().post(ADDRESS_PAGE, {"email": ADDRESS}).status_code for _ in range(11)]
    assert sent == [302] * 10 + [422]
    stopped = Client().post(ADDRESS_PAGE, {"email": ADDRESS})
    assert errors(stopped) == {
        "email": ["何度も数字を送ったため、いまは送れません。1時間ほど待ってからお試しください。"]
    }


def test_a_double_click_on_the_first_page_sends_one_mail(client):
    answers = [client.post(ADDRESS_PAGE, {"email": ADDRESS}).url for _ in range(2)]
    mailed_code()
    assert answers == [CODE_PAGE, CODE_PAGE]
    assert len(mail.outbox) == 1


def test_a_prefecture_lists_its_organisations_and_keeps_the_rest(client):
    person("tanaka")
    organisation("032018")
    prove(client)
    typed = DETAILS | {"deed": "prefecture", "prefecture": "03", "name": "佐々木 遥"}
    page = client.post(DETAILS_PAGE, typed)
    form = page.context["form"]
    assert page.status_code == 200
    assert [choice[1] for choice in form["organisation"].field.choices] == ["選んでください", "盛岡市"]
    assert [form[field].value() for field in ("section", "name")] == ["住民会計課", "佐々木 遥"]
    assert Registration.objects.get().section == ""


def test_enter_goes_on_and_does_not_list_organisations(client):
    prove(client)
    page = client.get(DETAILS_PAGE).content.decode()
    buttons = re.findall(r"<button[^>]*>", page.split('<main class="ky-apply__main"')[1])
    assert ['value="prefecture"' in button for button in buttons] == [False, True, False]


def test_agencies_are_found_under_national_bodies(client):
    organisation("soumu.go.jp")
    prove(client)
    page = client.post(DETAILS_PAGE, {"deed": "prefecture", "prefecture": "agency"})
    choices = page.context["form"]["organisation"].field.choices
    assert [choice[1] for choice in choices] == ["選んでください", "総務省"]
    typed = DETAILS | {"prefecture": "agency", "organisation": "soumu.go.jp"}
    assert client.post(DETAILS_PAGE, typed).url == CONDUCT_PAGE


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("organisation", ""),
        ("organisation", "032018"),
        ("organisation", "39\x004017"),
        ("prefecture", "99"),
        ("section", "　"),
        ("section", "課" * 65_536),
        ("name", "佐々木遥"),
        ("name", "<script>alert(1)</script> 遥"),
        ("name", "佐々木\x00 遥"),
        ("name", b"\xff\xfe \xff"),
        ("kana", "Sasaki Haruka"),
        ("kana", "ささきはるか"),
        ("password", ""),
        ("password", "short"),
        ("password", "h-sasaki no himitsu"),
        ("password", "watashi-no-kyoso-heya"),
        ("password", "x" * 65_536),
    ],
)
def test_a_wrong_detail_is_told_beside_its_field_and_changes_nothing(client, field, typed):
    organisation("032018")
    prove(client)
    answer = client.post(DETAILS_PAGE, DETAILS | {field: typed})
    assert answer.status_code == 422
    assert field in errors(answer)
    assert answer.context["form"]["section"].value() == (typed if field == "section" else "住民会計課")
    assert b"<script>alert(1)" not in answer.content
    registration = Registration.objects.get()
    assert (registration.name, registration.password, registration.organisation) == ("", "", None)


def test_conduct_must_be_accepted_and_the_note_stays(client):
    prove(client)
    client.post(DETAILS_PAGE, DETAILS)
    answer = client.post(CONDUCT_PAGE, {"note": "よろしく"})
    assert errors(answer) == {"accept": ["申し込むには、行動規範への同意が必要です。"]}
    assert answer.context["form"]["note"].value() == "よろしく"
    assert client.post(CONDUCT_PAGE, {"accept": "on", "note": "字" * 65_536}).status_code == 422
    assert Registration.objects.get().submitted_at is None


def test_handing_in_twice_mails_once(client):
    prove(client)
    client.post(DETAILS_PAGE, DETAILS)
    answers = [client.post(CONDUCT_PAGE, {"accept": "on"}).url for _ in range(2)]
    run_jobs()
    assert answers == [RECEIVED_PAGE, RECEIVED_PAGE]
    assert [letter.subject for letter in mail.outbox[1:]] == [
        f"【共創】参加の申し込みを受け付けました（受付 {Registration.objects.get().pk}）"
    ]


def test_a_member_has_nothing_to_apply_for(client):
    client.force_login(person("tanaka"))
    assert [client.get(page).url for page in PAGES] == ["/home/"] * 5


def test_only_get_and_post_are_answered(client):
    assert {client.put(page).status_code for page in PAGES} == {405}


def test_a_stale_form_is_refused_kindly():
    answer = Client(enforce_csrf_checks=True).post(ADDRESS_PAGE, {"email": ADDRESS})
    assert answer.status_code == 403
    assert "もう一度お試しください" in answer.content.decode()
    assert Registration.objects.count() == 0


def test_the_pages_are_not_cached(client):
    assert "no-store" in client.get(reverse("account_signup"))["Cache-Control"]


def test_what_was_never_handed_in_is_forgotten_after_a_month():
    old, month = timezone.now() - timedelta(days=31), timezone.now() - timedelta(days=29)
    waiting = handed_in()
    for number, moment in enumerate((old, month)):
        Registration.objects.create(email=f"s{number}@town.nakatosa.lg.jp", created_at=moment)
    Registration.objects.create(email="s2@example.jp", created_at=old, code_sent_at=timezone.now())
    Registration.objects.filter(pk=waiting.pk).update(created_at=old)
    assert remove_stale_drafts() == 1
    assert sorted(Registration.objects.values_list("email", flat=True)) == [
        ADDRESS,
        "s1@town.nakatosa.lg.jp",
        "s2@example.jp",
    ]
