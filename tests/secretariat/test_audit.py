"""記録: the audit log at the desk."""

import ast
import csv
import io
import re
from datetime import UTC, date, datetime
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.actions import audit
from accounts.models import AuditEntry, AuditHead, Member, Organisation, OrganisationChange, Registration
from secretariat.audit_export import harmless
from secretariat.audit_sentences import SENTENCES, sentence_of
from tests.jobs import run_jobs
from tests.people import organisation, person
from tests.test_house import python_files

pytestmark = pytest.mark.django_db

LOG, EXPORT, VERIFICATION = (f"/secretariat/audit/{page}" for page in ("", "export/", "verification/"))


def logged_in(member):
    browser = Client()
    browser.force_login(member)
    return browser


@pytest.fixture
def oonishi():
    return person("oonishi")


@pytest.fixture
def desk(oonishi):
    return logged_in(oonishi)


def rows(browser, **asked):
    return browser.get(LOG, asked).context["rows"]


def sentences(browser, **asked):
    return [(row.actor, row.sentence) for row in rows(browser, **asked)]


def test_deeds_are_told_in_words_newest_first(desk, oonishi):
    tanaka = person("tanaka")
    audit.record(oonishi, "member.suspended", tanaka, reason="転載のため。")
    audit.record(None, "login.failed", tanaka, "203.0.113.9", mark="0123456789ab")
    audit.record(None, "login.failed", None, "203.0.113.9", mark="0123456789ab")
    assert sentences(desk) == [
        ("ログインしていない人", "登録のないアドレス（印 0123456789ab）のログインに失敗しました"),
        ("ログインしていない人", "田中 里奈さんのログインに失敗しました"),
        ("大西 舞さん", "田中 里奈さんの利用を止めました（理由：転載のため。）"),
        ("大西 舞さん", "ログインしました"),
    ]


def test_what_nobody_did_was_done_by_the_site(desk, oonishi):
    audit.record(None, "registration.approved", None, "203.0.113.9", automatic=True)
    assert rows(desk)[0].actor == "システム"


def test_what_was_typed_is_escaped(desk, oonishi):
    audit.record(oonishi, "member.suspended", oonishi, reason="<script>alert(1)</script>{noun}")
    page = desk.get(LOG).content.decode()
    assert "<script>alert(1)" not in page
    assert "（理由：&lt;script&gt;alert(1)&lt;/script&gt;{noun}）" in page


@pytest.mark.parametrize("key", ["tanaka", "ito", "hasegawa"])
def test_only_the_secretariat_knows_the_log(key):
    browser = logged_in(person(key))
    answers = [browser.get(LOG), browser.post(EXPORT), browser.post(VERIFICATION)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert list(AuditEntry.objects.visible_to(person("miura"))) == []
    assert not AuditEntry.objects.filter(deed__startswith="audit.").exists()


def test_a_suspended_secretary_sees_nothing(oonishi):
    audit.record(oonishi, "member.resumed", oonishi)
    oonishi.is_active = False
    assert list(AuditEntry.objects.visible_to(oonishi)) == []


def test_strangers_are_sent_to_the_login(client):
    assert client.get(LOG).url == f"/accounts/login/?next={LOG}"
    assert [client.post(page).status_code for page in (EXPORT, VERIFICATION)] == [302, 302]
    assert not AuditEntry.objects.exists()


def test_pages_are_read_and_deeds_are_posts(desk):
    assert desk.post(LOG).status_code == 405
    assert [desk.get(page).status_code for page in (EXPORT, VERIFICATION)] == [405, 405]


def test_the_log_is_in_the_navigation_of_the_secretariat_alone(desk):
    queue = "/secretariat/registrations/"
    assert f'href="{LOG}"' in desk.get(queue).content.decode()
    assert f'href="{LOG}"' not in logged_in(person("hasegawa")).get(queue).content.decode()


@pytest.fixture
def history(oonishi):
    """Three deeds about two members on three days, Japanese time."""
    tanaka, miura = person("tanaka"), person("miura")
    made = []
    for day, deed, member in ((1, "suspended", tanaka), (2, "resumed", tanaka), (3, "suspended", miura)):
        entry = AuditEntry(actor=oonishi, deed=f"member.{deed}", noun="member", noun_id=member.pk)
        entry.id, entry.at = day, datetime(2026, 4, day, 14, 59, 59, tzinfo=UTC)
        entry.detail = {"reason": f"{day}日"}
        made.append(entry)
    AuditEntry.objects.bulk_create(made)
    AuditHead.objects.filter(pk=1).update(count=3, last_id=3)
    return made


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ({"deed": "member.suspended"}, [3, 1]),
        ({"who": "三浦 健太"}, [3]),
        ({"who": "三浦健太"}, [3]),
        ({"who": "タナカ"}, [2, 1]),
        ({"who": "大西"}, [3, 2, 1]),
        ({"who": "だれでもない"}, []),
        ({"since": "2026-04-02"}, [3, 2]),
        ({"until": "2026-04-02"}, [2, 1]),
        ({"since": "2026-04-02", "until": "2026-04-02", "deed": "member.resumed", "who": "たなか"}, [2]),
        ({"until": "2026-03-31"}, []),
    ],
)
def test_the_log_is_narrowed_down(history, desk, asked, days):
    found = [row.entry.pk for row in rows(desk, **asked) if row.entry.deed != "login.succeeded"]
    assert found == days


def moved_to_morioka(member):
    """The member left the town on 1 April 2026 and works in the city from the next day."""
    before = member.affiliations.get()
    before.valid_to = date(2026, 4, 1)
    before.save()
    facts = {"section": "情報企画課", "email": member.email, "verified_at": before.verified_at}
    city = organisation("032018")
    member.affiliations.create(organisation=city, valid_from=date(2026, 4, 2), **facts)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        ("中土佐町", [1]),
        ("高知県 中土佐町", [1]),
        ("394017", [1]),
        ("盛岡市", [3, 2]),
        ("デジタル庁", [3, 2, 1]),
        ("総務省", []),
        ("どこにもない町", []),
    ],
)
def test_deeds_by_and_on_those_who_worked_there_then(history, desk, asked, days):
    organisation("soumu.go.jp")
    moved_to_morioka(Member.objects.get(pk=history[0].noun_id))
    found = [row.entry.pk for row in rows(desk, where=asked) if row.entry.deed != "login.succeeded"]
    assert found == days


def test_deeds_about_a_body_and_applications_to_it_are_its_own(desk):
    town, city = organisation("394017"), organisation("032018")
    facts = {"email": "a@town.lg.jp", "email_verified_at": timezone.now(), "organisation": town}
    applied = Registration.objects.create(submitted_at=timezone.now(), **facts)
    audit.record(None, "registration.asked", applied)
    audit.record(None, "domain.added", town, domain="town.lg.jp")
    audit.record(None, "domain.added", city, domain="city.lg.jp")
    assert [row.entry.deed for row in rows(desk, where="中土佐町")] == ["domain.added", "registration.asked"]
    assert [row.entry.detail["domain"] for row in rows(desk, where="もりおか")] == ["city.lg.jp"]


def test_a_name_that_fits_too_many_bodies_asks_for_more(desk):
    for number in range(61):
        slug = f"9{number:05d}"
        Organisation.objects.create(
            slug=slug, code=slug, kind="town", name=f"山{number}町", prefecture_code="01"
        )
    page = desk.get(LOG, {"where": "山"})
    assert page.context["form"].errors == {
        "where": ["60を超える団体があてはまります。名前をくわしく入力してください。"]
    }
    assert page.context["rows"] == []


def test_a_member_is_found_by_number_and_linked(history, oonishi):
    tanaka = history[0].noun_id
    browser = logged_in(oonishi)
    assert [row.entry.pk for row in rows(browser, who=str(tanaka))] == [2, 1]
    assert f'href="{LOG}?who={oonishi.pk}"' in browser.get(LOG).content.decode()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"since": "昨日"}, "since"),
        ({"until": "2026-02-30"}, "until"),
        ({"until": "9999-12-31"}, "until"),
        ({"since": "2026-04-02", "until": "2026-04-01"}, "until"),
        ({"deed": "member.<script>"}, "deed"),
        ({"who": "a\x00b"}, "who"),
        ({"who": "山" * 65_536}, "who"),
    ],
)
def test_what_cannot_be_asked_is_told_beside_the_field(history, desk, asked, field):
    for page in (desk.get(LOG, asked), desk.post(EXPORT, asked)):
        assert list(page.context["form"].errors) == [field]
        assert page.context["rows"] == []
        assert page.context["form"][field].value() == asked[field]
    assert not AuditEntry.objects.filter(deed="audit.exported").exists()


@pytest.mark.parametrize("cursor", ["", "x", "-1", "１２", "9" * 40, "\x00"])
def test_a_cursor_that_is_none_shows_the_newest(history, desk, cursor):
    assert rows(desk, before=cursor)[0].entry.deed == "login.succeeded"


def many(actor, number):
    last = AuditHead.objects.get().last_id
    entries = [
        AuditEntry(id=last + turn, actor=actor, deed="member.resumed", noun="member", noun_id=actor.pk)
        for turn in range(1, number + 1)
    ]
    AuditEntry.objects.bulk_create(entries)
    AuditHead.objects.update(count=last + number, last_id=last + number)


def test_pages_follow_by_cursor_and_none_is_left_out(desk, oonishi):
    many(oonishi, 119)
    seen, cursor = [], ""
    while cursor is not None:
        page = desk.get(LOG, {"before": cursor})
        seen += [row.entry.pk for row in page.context["rows"]]
        cursor = page.context["older"]
    assert seen == list(range(120, 0, -1))


def test_the_log_costs_the_same_for_30_and_3000_entries(desk, oonishi):
    counts = []
    for number in (30, 2_970):
        many(oonishi, number)
        with CaptureQueriesContext(connection) as queries:
            desk.get(LOG)
        counts.append(len(queries))
    assert counts == [counts[0]] * 2


def exported(browser, **asked):
    answer = browser.post(EXPORT, asked)
    raw = b"".join(answer.streaming_content)
    assert raw.startswith(b"\xef\xbb\xbf")
    return answer, list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_log_leaves_as_csv_and_that_is_recorded(history, desk):
    answer, lines = exported(desk, deed="member.suspended", since="2026-04-01")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="kyoso-audit-\d{8}\.csv"', answer["Content-Disposition"])
    assert [line["内容"] for line in lines] == [
        "三浦 健太さんの利用を止めました（理由：3日）",
        "田中 里奈さんの利用を止めました（理由：1日）",
    ]
    assert (lines[0]["番号"], lines[0]["日時"]) == ("3", "2026-04-03T23:59:59+09:00")
    entry = AuditEntry.objects.first()
    assert (entry.deed, entry.detail) == (
        "audit.exported",
        {"count": 2, "deed": "member.suspended", "since": "2026-04-01", "until": ""},
    )


def test_every_entry_leaves_whatever_the_number(desk, oonishi):
    many(oonishi, 2_500)
    assert [int(line["番号"]) for line in exported(desk)[1]] == list(range(2_501, 0, -1))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(desk, oonishi, start):
    member = person("tanaka", name=f"{start}HYPERLINK(1) 里奈")
    audit.record(member, "member.resumed", member)
    line = exported(desk, who=str(member.pk))[1][0]
    assert line["した人"] == f"'{start}HYPERLINK(1) 里奈さん"
    assert (harmless("安全"), harmless("")) == ("安全", "")


def state(browser):
    chain = browser.get(LOG).context["chain"]
    return chain.kind, chain.title


def test_the_desk_has_the_log_verified_and_shows_the_result(desk):
    assert state(desk) == ("warning", "まだ検証していません")
    assert desk.post(VERIFICATION).url == LOG
    desk.post(VERIFICATION)
    assert run_jobs().count("verify_audit_log") == 1
    assert state(desk) == ("success", "検証済み")
    assert "に3件を確かめました。" in desk.get(LOG).content.decode()


def broken_at(entry_id):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounts_auditentry SET deed = 'member.resumed' WHERE id = %s", [entry_id])


def test_a_broken_chain_is_shown_with_the_first_broken_entry(desk, oonishi):
    entry = audit.record(oonishi, "member.suspended", oonishi, reason="x")
    audit.record(oonishi, "member.suspended", oonishi, reason="y")
    broken_at(entry.pk)
    assert [row.is_intact for row in rows(desk)] == [True, False, True]
    assert desk.get(LOG).content.decode().count("書き換えの疑い") == 1
    audit.verify_and_note()
    assert state(desk) == ("error", "記録が途切れています")
    assert f"記録 {entry.pk} から先は" in desk.get(LOG).content.decode()


def test_a_changed_end_is_shown_without_a_verification(desk, oonishi):
    audit.verify_and_note()
    broken_at(audit.record(oonishi, "member.suspended", oonishi, reason="x").pk)
    assert state(desk) == ("error", "記録が途切れています")


def recorded_deeds():
    """Every deed named in the code base, by file: the second argument of record and its relatives."""
    for path in python_files("accounts", "channels_app", "secretariat", "kyoso"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and len(node.args) > 1 and called(node) in RECORDERS:
                yield from texts_of(node.args[1])


RECORDERS = {"record", "record_alone", "record_once", "_note"}


def called(call):
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def texts_of(node):
    """The texts of an expression; of an f-string nothing, its deeds are listed below."""
    parts = [] if isinstance(node, ast.JoinedStr) else ast.walk(node)
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def test_every_deed_of_the_code_base_has_a_sentence():
    deeds = set(recorded_deeds()) | {f"organisation.{kind}" for kind in OrganisationChange.Kind}
    assert {"member.suspended", "login.failed", "access.refused"} <= deeds
    assert sorted(deeds - set(SENTENCES)) == []


@pytest.mark.parametrize("deed", SENTENCES)
def test_a_sentence_ends_plainly_and_survives_an_entry_without_details(deed):
    told = sentence_of(deed, "田中 里奈さん", {})
    assert re.search(r"(した|ません)(（.*）)?$", told)


def test_details_are_told_in_words():
    told = sentence_of("member.role", "田中 里奈さん", {"before": "member", "after": "approver"})
    assert told == "田中 里奈さんの役割を会員から審査担当に変えました"
    told = sentence_of("domain.added", "盛岡市", {"domain": "x.jp", "kind": "exception", "expires_on": None})
    assert told == "盛岡市にx.jpを加えました（例外として認めたドメイン、期限：なし）"
    assert sentence_of("old.deed", "受付 3", {}) == "old.deed 受付 3"


def test_the_filter_keeps_its_words_on_the_next_page(desk, oonishi):
    many(oonishi, 60)
    page = desk.get(LOG, {"who": "大西"}).content.decode()
    oldest = rows(desk, who="大西")[-1].entry.pk
    assert f'href="?{urlencode({"who": "大西", "before": oldest})}"'.replace("&", "&amp;") in page
