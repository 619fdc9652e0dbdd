"""The directory, the page of a member, and suspending one."""

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.actions import directory_rows
from accounts.actions.decisions import approve
from accounts.actions.departures import close_account
from accounts.actions.members import end_sessions, resume, suspend
from accounts.actions.refusals import Refused
from accounts.models import Affiliation, Ambassador, AuditEntry, Member
from channels_app.models import LiveEvent
from tests import factories
from tests.applicants import ADDRESS, handed_in
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

INDEX = "/members/"
QUERIES = 5  # the session, its member, the ids and their number, the lines, the list of channels
REASON = "他団体の資料を外部に転載したため。"


def logged_in(member):
    browser = Client()
    browser.force_login(member)
    return browser


def page_of(member):
    return f"/members/{member.pk}/"


def suspension_of(member):
    return f"/members/{member.pk}/suspension/"


def found(browser, **asked):
    return [line.name for line in browser.get(INDEX, asked).context["members"]]


def cuts(member):
    return LiveEvent.objects.filter(kind=LiveEvent.Kind.MEMBER_SUSPENDED, obj_id=member.pk).count()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["田中 里奈", "三浦 健太", "山本 直樹"]),
        ({"q": "田中"}, ["田中 里奈"]),
        ({"q": "田中里奈"}, ["田中 里奈"]),
        ({"q": "ミウラ"}, ["三浦 健太"]),
        ({"q": "もりおか"}, ["三浦 健太"]),
        ({"q": "政策"}, ["山本 直樹"]),
        ({"q": "総務課　中土佐"}, ["田中 里奈"]),
        ({"q": "総務課 盛岡"}, []),
        ({"prefecture": "39"}, ["田中 里奈", "山本 直樹"]),
        ({"prefecture": "39", "q": "町"}, ["田中 里奈"]),
        ({"q": "%"}, []),
    ],
)
def test_the_directory_finds_by_words_and_prefecture(asked, names):
    people = [person(key) for key in ("tanaka", "miura", "yamamoto")]
    assert found(logged_in(people[0]), **asked) == names


def test_the_directory_knows_only_the_present_affiliation():
    tanaka = person("tanaka")
    tanaka.affiliations.update(valid_to="2026-03-31")
    Affiliation.objects.create(
        member=tanaka,
        organisation=organisation("032018"),
        section="選挙課",
        email=tanaka.email,
        verified_at=timezone.now(),
        valid_from="2026-04-01",
    )
    directory_rows.refresh(Member.objects.all())
    browser = logged_in(tanaka)
    assert [found(browser, q=word) for word in ("総務課", "選挙課")] == [[], ["田中 里奈"]]
    assert [found(browser, prefecture=code) for code in ("39", "03")] == [[], ["田中 里奈"]]


@pytest.mark.parametrize("asked", [{"q": "x" * 65_536}, {"q": "a\x00b"}, {"prefecture": "99"}])
def test_a_senseless_search_is_told_beside_the_field(asked):
    page = logged_in(person("tanaka")).get(INDEX, asked)
    assert (page.status_code, list(page.context["form"].errors)) == (200, list(asked))


@pytest.mark.parametrize("number", ["0", "999", "abc", "-1", "\x00", "9" * 100])
def test_a_senseless_page_number_shows_some_page(number):
    assert logged_in(person("tanaka")).get(INDEX, {"page": number}).status_code == 200


def test_script_in_a_search_stays_text():
    page = logged_in(person("tanaka")).get(INDEX, {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_directory_costs_the_same_for_one_and_thirty(django_assert_num_queries):
    tanaka = person("tanaka")
    factories.channel("machi", tanaka)
    browser = logged_in(tanaka)
    with django_assert_num_queries(QUERIES):
        assert len(found(browser)) == 1
    town = organisation("394017")
    for number in range(29):
        other = Member.objects.create(
            email=f"s{number}@example.lg.jp", name=f"職員 {number}", kana="しょくいん"
        )
        Affiliation.objects.create(
            member=other,
            organisation=town,
            section="税務課",
            email=other.email,
            verified_at=timezone.now(),
            valid_from="2026-04-01",
        )
        Ambassador.objects.create(member=other, prefecture_code="39", valid_from="2026-04-01")
    directory_rows.refresh_all()
    with django_assert_num_queries(QUERIES):
        assert len(found(browser)) == 30
    crowd = [Member(email=f"t{n}@example.lg.jp", name=f"職員 {n}", kana="しょくいん") for n in range(2_970)]
    Member.objects.bulk_create(crowd)
    assert directory_rows.refresh_all() == 3_000
    for asked in ({}, {"q": "職員"}):
        with django_assert_num_queries(QUERIES):
            answer = browser.get(INDEX, asked)
            assert (len(answer.context["members"]), answer.status_code) == (50, 200)


@pytest.mark.parametrize("words", [{}, {"q": "田中"}])
@pytest.mark.parametrize(("asked", "number", "lines"), [("1", 1, 50), ("2", 2, 1), ("3", 2, 1), ("x", 1, 50)])
def test_fifty_members_stand_on_a_page(words, asked, number, lines):
    for n in range(50):
        Member.objects.create(email=f"s{n}@example.lg.jp", name=f"田中 {n}", kana="たなか")
    browser = logged_in(person("tanaka"))
    directory_rows.refresh_all()
    page = browser.get(INDEX, words | {"page": asked}).context["members"]
    assert (page.number, page.paginator.count, len(page)) == (number, 51, lines)
    assert (page.has_previous(), page.has_next()) == (number == 2, number == 1)


def test_a_line_says_who_it_is_where_they_work_and_what_they_know():
    tanaka = person("tanaka", helps_with="標準化の移行、R&D", picture="0" * 32)
    Ambassador.objects.create(member=tanaka, prefecture_code="39", valid_from="2026-04-01")
    idle = Member.objects.create(
        email="s@example.lg.jp", name="<b>職員", kana="しょくいん", role="secretariat"
    )
    directory_rows.refresh_all()
    page = logged_in(tanaka).get(INDEX).content.decode()
    rows = [row.split("</tr>")[0] for row in page.split("<tbody>")[1].split("<tr>")[1:]]
    words = [" ".join(strip_tags(row.replace("<", " <")).split()) for row in rows]
    assert words == [
        "&lt; &lt;b&gt;職員 事務局 しょくいん",
        "田 田中 里奈 市区町村 アンバサダー たなか りな 高知県 中土佐町 総務課 標準化の移行 R&amp;D",
    ]
    links = [f'href="/members/{tanaka.pk}/"', 'href="/organisations/394017/"', 'href="/members/?q=R%26D"']
    assert [link in rows[1] for link in (*links, f"/members/pictures/{tanaka.picture}-64.webp")] == [True] * 4
    assert [f'href="/members/{idle.pk}/"' in rows[0], "/organisations/" in rows[0]] == [True, False]


def test_members_stand_in_the_order_of_their_kana_on_every_page():
    browser = logged_in(person("tanaka"))
    for n in range(120):
        kana = f"{'をんわろ'[n % 4]}た {n}"
        Member.objects.create(email=f"s{n}@example.lg.jp", name=f"職員 {n}", kana=kana)
    directory_rows.refresh_all()
    told = [name for page in (1, 2, 3) for name in found(browser, page=page)]
    assert told == list(Member.objects.order_by("kana", "pk").values_list("name", flat=True))


def test_the_page_of_a_member_shows_badges_and_history():
    tanaka, ito, oonishi = person("tanaka"), person("ito"), person("oonishi")
    Ambassador.objects.create(member=tanaka, prefecture_code="39", valid_from="2026-04-01")
    browser = logged_in(ito)
    worn = [browser.get(page_of(who)).context["badges"] for who in (tanaka, ito, oonishi)]
    assert worn == [
        [("municipality", "市区町村"), ("ambassador", "アンバサダー")],
        [("agency", "国の機関")],
        [("agency", "国の機関"), ("secretariat", "事務局")],
    ]
    page = browser.get(page_of(tanaka)).content.decode()
    assert "高知県 中土佐町</a>・総務課" in page
    assert tanaka.email not in page
    assert "利用を止める" not in page


@pytest.mark.parametrize("bad_id", ["0", "999999", "9" * 30])
def test_unknown_members_are_not_found(bad_id):
    browser = logged_in(person("oonishi"))
    answers = [browser.get(f"/members/{bad_id}/"), browser.post(f"/members/{bad_id}/suspension/")]
    assert [answer.status_code for answer in answers] == [404, 404]


def test_strangers_are_sent_to_the_login(client):
    tanaka = person("tanaka")
    for page in (INDEX, page_of(tanaka)):
        assert client.get(page).url == f"/accounts/login/?next={page}"
    assert client.post(suspension_of(tanaka), {"reason": REASON}).status_code == 302
    tanaka.refresh_from_db()
    assert tanaka.suspended_at is None


def test_the_directory_narrows_to_one_organisation():
    tanaka, yamamoto, ito = person("tanaka"), person("yamamoto"), person("ito")
    browser = logged_in(tanaka)
    assert found(browser, prefecture="39", organisation="390003") == [yamamoto.name]
    assert found(browser, prefecture="agency") == [ito.name]
    organisation("digital.go.jp")
    assert found(browser, prefecture="agency", organisation="digital.go.jp") == []
    page = browser.get(INDEX, {"prefecture": "03", "organisation": "390003"})
    assert list(page.context["form"].errors) == ["organisation"]


def test_a_newcomer_is_found_at_once_and_a_former_address_may_come_back():
    tanaka, hasegawa = person("tanaka"), person("hasegawa")
    browser = logged_in(tanaka)
    first = approve(hasegawa, handed_in())
    assert found(browser, q="ささき 住民会計課") == ["佐々木 遥"]
    close_account(first)
    assert found(browser, q="ささき") == []
    second = approve(hasegawa, handed_in())
    assert (second.email, second.pk != first.pk) == (ADDRESS, True)
    assert found(browser, q="ささき") == ["佐々木 遥"]


@pytest.mark.parametrize("deed", ["suspend", "resume"])
def test_a_former_member_is_neither_suspended_nor_resumed(deed):
    tanaka, oonishi = person("tanaka"), person("oonishi")
    close_account(tanaka)
    page = logged_in(oonishi).post(suspension_of(tanaka), {"deed": deed, "reason": REASON}, follow=True)
    assert "退会した会員です。" in page.content.decode()
    assert Member.objects.get(pk=tanaka.pk).suspended_at is None


def test_suspending_shuts_the_member_out_at_once_and_for_good():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    theirs, desk = logged_in(tanaka), logged_in(oonishi)
    assert theirs.get(INDEX).status_code == 200
    answer = desk.post(suspension_of(tanaka), {"reason": REASON, "deed": "suspend"})
    tanaka.refresh_from_db()
    assert (answer.url, tanaka.is_active, cuts(tanaka)) == (page_of(tanaka), False, 1)
    assert theirs.get(INDEX).url == f"/accounts/login/?next={INDEX}"
    assert run_jobs() == ["end_sessions", "mail_member_suspended"]
    assert (mail.outbox[-1].to, REASON in mail.outbox[-1].body) == ([tanaka.email], True)
    entry = AuditEntry.objects.get(deed="member.suspended")
    assert (entry.actor, entry.deed, entry.noun_id, entry.detail) == (
        oonishi,
        "member.suspended",
        tanaka.pk,
        {"reason": REASON},
    )
    assert found(logged_in(person("miura"))) == ["大西 舞", "三浦 健太"]
    assert found(desk) == ["大西 舞", "田中 里奈", "三浦 健太"]


def test_resuming_lets_the_member_in_but_not_their_old_sessions():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    theirs, desk = logged_in(tanaka), logged_in(oonishi)
    suspend(oonishi, tanaka, reason=REASON)
    run_jobs()
    assert desk.post(suspension_of(tanaka), {"deed": "resume"}).url == page_of(tanaka)
    tanaka.refresh_from_db()
    assert tanaka.is_active
    assert not get_user(theirs).is_authenticated
    assert logged_in(tanaka).get(INDEX).status_code == 200
    assert run_jobs() == ["mail_member_resumed"]


def test_ending_sessions_leaves_the_others():
    tanaka, miura = person("tanaka"), person("miura")
    browsers = [logged_in(tanaka), logged_in(tanaka), logged_in(miura)]
    assert end_sessions(tanaka) == 2
    assert [get_user(browser).is_authenticated for browser in browsers] == [False, False, True]
    assert Session.objects.count() == 1


def test_a_repeated_suspension_changes_nothing():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    assert suspend(oonishi, tanaka, reason=REASON) is True
    first = Member.objects.get(pk=tanaka.pk).suspended_at
    assert suspend(oonishi, tanaka, reason=REASON) is False
    assert Member.objects.get(pk=tanaka.pk).suspended_at == first
    assert (AuditEntry.objects.count(), cuts(tanaka)) == (1, 1)
    assert (resume(oonishi, tanaka), resume(oonishi, tanaka)) == (True, False)


@pytest.mark.parametrize("reason", ["", "　\n", "理\x00由", "理" * 65_536])
def test_a_suspension_needs_a_reason(reason):
    tanaka = person("tanaka")
    answer = logged_in(person("oonishi")).post(suspension_of(tanaka), {"reason": reason})
    tanaka.refresh_from_db()
    assert (answer.status_code, list(answer.context["desk"]["suspension"].errors)) == (422, ["reason"])
    assert tanaka.suspended_at is None


@pytest.mark.parametrize("key", ["miura", "hasegawa"])
def test_only_the_secretariat_suspends(key):
    tanaka, other = person("tanaka"), person(key)
    assert logged_in(other).post(suspension_of(tanaka), {"reason": REASON}).status_code == 404
    with pytest.raises(Refused):
        suspend(other, tanaka, reason=REASON)
    tanaka.refresh_from_db()
    assert tanaka.suspended_at is None


def test_the_secretariat_cannot_suspend_itself():
    oonishi = person("oonishi")
    desk = logged_in(oonishi)
    assert "利用を止める" not in desk.get(page_of(oonishi)).content.decode()
    page = desk.post(suspension_of(oonishi), {"reason": REASON}, follow=True).content.decode()
    assert "自分の利用は止められません。" in page
    oonishi.refresh_from_db()
    assert oonishi.suspended_at is None


def test_suspension_is_a_post_and_pages_are_not():
    tanaka = person("tanaka")
    desk = logged_in(person("oonishi"))
    assert desk.get(suspension_of(tanaka)).status_code == 405
    assert [desk.post(page).status_code for page in (INDEX, page_of(tanaka))] == [405, 405]
