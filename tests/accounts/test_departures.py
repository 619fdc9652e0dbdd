"""Closing one's own account: what goes, what stays, and that it is cut everywhere at once."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts import pictures
from accounts.actions.departures import close_account
from accounts.actions.profiles import edit_profile
from accounts.actions.registrations import belongs_to_member
from accounts.models import Ambassador, AuditEntry, Member
from channels_app.actions.channels import leave_channel
from channels_app.models import Channel, LiveEvent, LiveStream, Membership
from kyoso.lib.pictures import squares
from tests import factories
from tests.accounts.photographs import photograph
from tests.jobs import run_jobs
from tests.people import PASSWORD, person

pytestmark = pytest.mark.django_db

CLOSING = "/members/me/closing/"
SURE = {"sure": "on"}


def logged_in_by_form(member) -> Client:
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": member.email, "password": PASSWORD})
    assert answer.status_code == 302
    return browser


def proven(member) -> Client:
    """A browser whose member has just typed their password once more."""
    browser = logged_in_by_form(member)
    address = f"/accounts/reauthenticate/?next={CLOSING}"
    assert browser.post(address, {"password": PASSWORD}).url == CLOSING
    return browser


def heads() -> dict[int, int]:
    return dict(LiveStream.objects.filter(kind=LiveStream.Kind.CHANNEL).values_list("ref_id", "head"))


def test_who_closes_proves_themself_first():
    tanaka = person("tanaka")
    browser = logged_in_by_form(tanaka)
    for answer in (browser.get(CLOSING), browser.post(CLOSING, SURE)):
        assert answer.url.startswith("/accounts/reauthenticate/?next=")
    assert Member.objects.get(pk=tanaka.pk).departed_at is None
    assert Client().get(CLOSING).url == f"/accounts/login/?next={CLOSING}"


def test_the_page_explains_and_asks_once_more():
    tanaka = person("tanaka")
    browser = proven(tanaka)
    page = browser.get(CLOSING).content.decode()
    assert ("投稿は、氏名と書いた日の所属つきで残ります。" in page, "退会する" in page) == (True, True)
    answer = browser.post(CLOSING)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["sure"])
    assert Member.objects.get(pk=tanaka.pk).departed_at is None


def test_closing_removes_the_person_and_leaves_the_posts(
    settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.VAR_DIR = tmp_path
    tanaka, miura = person("tanaka"), person("miura")
    edit_profile(tanaka, introduction="こんにちは", helps_with="RPA", squares=squares(photograph()))
    post = factories.post(tanaka, factories.channel("bousai", tanaka, miura))
    address, elsewhere, browser = tanaka.email, logged_in_by_form(tanaka), proven(tanaka)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(CLOSING, SURE)
    assert (answer.status_code, "退会しました" in answer.content.decode()) == (200, True)
    gone = Member.objects.get(pk=tanaka.pk)
    assert (gone.name, gone.introduction, gone.helps_with, gone.picture) == ("田中 里奈", "", "", "")
    assert (gone.is_active, gone.has_usable_password(), gone.affiliation) == (False, False, None)
    assert gone.affiliations.get().valid_to == timezone.localdate()
    assert (gone.sign_ins.count(), gone.authenticator_set.count(), gone.usersession_set.count()) == (0, 0, 0)
    assert (list(pictures.folder().iterdir()), EmailAddress.objects.filter(user=gone).exists()) == ([], False)
    assert (Member.objects.filter(email=address).exists(), belongs_to_member(address)) == (False, False)
    assert elsewhere.get("/home/").url == "/accounts/login/?next=/home/"
    run_jobs()
    page = logged_in_by_form(miura).get(f"/channels/{post.channel.slug}/").content.decode()
    assert ("田中 里奈" in page, "高知県 中土佐町・総務課" in page, "/members/pictures/" in page) == (
        True,
        True,
        False,
    )
    assert AuditEntry.objects.filter(deed="member.departed", actor=gone, noun_id=gone.pk).count() == 1


def test_stays_end_at_the_exact_number_of_their_event():
    tanaka, miura = person("tanaka"), person("miura")
    channels = [factories.channel(slug, tanaka, miura) for slug in ("bousai", "senkyo", "zatsudan")]
    closed = factories.channel("tantou", tanaka, miura, kind=Channel.Kind.PRIVATE)
    leave_channel(tanaka, channels[2])
    earlier = Membership.objects.get(member=tanaka, channel=channels[2]).left_n
    factories.post(miura, channels[0])
    close_account(tanaka)
    for channel in (channels[0], channels[1], closed):
        left = LiveEvent.objects.get(
            stream__ref_id=channel.pk, stream__kind="c", kind=LiveEvent.Kind.MEMBER_LEFT
        )
        assert Membership.objects.get(member=tanaka, channel=channel).left_n == left.n == heads()[channel.pk]
    assert Membership.objects.get(member=tanaka, channel=channels[2]).left_n == earlier
    assert Membership.objects.current().filter(member=miura).count() == 4
    cut = LiveEvent.objects.filter(kind=LiveEvent.Kind.MEMBER_SUSPENDED).values_list("obj_id", flat=True)
    assert list(cut) == [tanaka.pk]


def test_terms_as_ambassador_end_too():
    tanaka, today = person("tanaka"), timezone.localdate()
    for begin, end in (("2024-07-01", "2025-06-30"), ("2026-07-01", None), ("2090-07-01", "2091-06-30")):
        Ambassador.objects.create(member=tanaka, prefecture_code="39", valid_from=begin, valid_to=end)
    close_account(tanaka)
    ends = tanaka.ambassador_terms.order_by("valid_from").values_list("valid_to", flat=True)
    assert [end.isoformat() for end in ends] == ["2025-06-30", today.isoformat()]


def test_closing_twice_changes_nothing():
    tanaka = person("tanaka")
    assert close_account(tanaka) is True
    first = Member.objects.get(pk=tanaka.pk).departed_at
    assert close_account(tanaka) is False
    assert Member.objects.get(pk=tanaka.pk).departed_at == first
    assert AuditEntry.objects.filter(deed="member.departed").count() == 1


def test_the_last_of_the_secretariat_stays():
    oonishi, tanaka = person("oonishi"), person("tanaka")
    person("miura", role="secretariat", suspended_at=timezone.now())
    browser = proven(oonishi)
    answer = browser.post(CLOSING, SURE)
    assert "先に後任の方を事務局にしてください。" in (
        answer.content.decode() if answer.status_code == 422 else ""
    )
    assert Member.objects.get(pk=oonishi.pk).departed_at is None
    Member.objects.filter(pk=tanaka.pk).update(role="secretariat")
    assert close_account(oonishi) is True
    assert Member.objects.get(pk=oonishi.pk).role == "member"


def test_a_former_member_is_marked_and_leaves_the_directory():
    tanaka, miura, oonishi = person("tanaka"), person("miura"), person("oonishi")
    close_account(tanaka)
    browser, desk = Client(), Client()
    browser.force_login(miura)
    desk.force_login(oonishi)
    names = [[line.name for line in b.get("/members/").context["members"]] for b in (browser, desk)]
    assert names == [["大西 舞", "三浦 健太"], ["大西 舞", "田中 里奈", "三浦 健太"]]
    page = browser.get(f"/members/{tanaka.pk}/").content.decode()
    assert ("退会した会員" in page, "高知県 中土佐町" in page) == (True, True)
    assert "氏名を変える" not in desk.get(f"/members/{tanaka.pk}/").content.decode()
