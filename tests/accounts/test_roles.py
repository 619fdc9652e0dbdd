"""Granting and taking back roles."""

import threading

import pytest
from django.db import connection
from django.test import Client

from accounts.actions.refusals import Refused
from accounts.actions.roles import give_role
from accounts.models import AuditEntry, Member
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


def logged_in(member) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def role_of(member) -> str:
    return Member.objects.get(pk=member.pk).role


def entries() -> list[tuple]:
    rows = AuditEntry.objects.filter(deed="member.role").order_by("pk")
    return [(entry.actor_id, entry.noun_id, entry.detail) for entry in rows]


def test_the_secretariat_grants_and_takes_back():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    desk = logged_in(oonishi)
    for role in ("approver", "secretariat", "member"):
        assert desk.post(f"/members/{tanaka.pk}/role/", {"role": role}).url == f"/members/{tanaka.pk}/"
        assert role_of(tanaka) == role
    assert entries() == [
        (oonishi.pk, tanaka.pk, {"before": "member", "after": "approver"}),
        (oonishi.pk, tanaka.pk, {"before": "approver", "after": "secretariat"}),
        (oonishi.pk, tanaka.pk, {"before": "secretariat", "after": "member"}),
    ]
    assert set(run_jobs()) == {"redraw_posts_of"}


def test_the_same_role_again_changes_nothing():
    tanaka, oonishi = person("tanaka"), person("oonishi")
    assert give_role(oonishi, tanaka, role="member") is False
    assert entries() == []


@pytest.mark.parametrize("key", ["miura", "hasegawa"])
def test_others_grant_nothing(key):
    tanaka, other = person("tanaka"), person(key)
    assert logged_in(other).post(f"/members/{tanaka.pk}/role/", {"role": "approver"}).status_code == 404
    for target in (tanaka, other):
        with pytest.raises(Refused):
            give_role(other, target, role="secretariat")
    assert (role_of(tanaka), role_of(other)) == ("member", other.role)


def test_nobody_changes_their_own_role():
    oonishi = person("oonishi")
    desk = logged_in(oonishi)
    assert "役割を変える" not in desk.get(f"/members/{oonishi.pk}/").content.decode()
    page = desk.post(f"/members/{oonishi.pk}/role/", {"role": "member"}, follow=True).content.decode()
    assert ("自分の役割は変えられません。" in page, role_of(oonishi)) == (True, "secretariat")


@pytest.mark.parametrize("field", ["suspended_at", "departed_at"])
def test_who_is_not_here_gets_no_role(field):
    tanaka = person("tanaka", **{field: "2026-04-01T00:00:00+09:00"})
    with pytest.raises(Refused):
        give_role(person("oonishi"), tanaka, role="approver")
    assert role_of(tanaka) == "member"


@pytest.mark.parametrize("role", ["", "owner", "x" * 65_536, "a\x00b"])
def test_an_unknown_role_is_told_beside_the_field(role):
    tanaka = person("tanaka")
    answer = logged_in(person("oonishi")).post(f"/members/{tanaka.pk}/role/", {"role": role})
    assert (answer.status_code, list(answer.context["desk"]["role"].errors)) == (422, ["role"])
    assert role_of(tanaka) == "member"


@pytest.mark.django_db(transaction=True)
def test_two_who_demote_each_other_leave_one():
    one, other = person("oonishi"), person("tanaka", role="secretariat")
    start = threading.Barrier(2)
    refused = []

    def demote(actor, member):
        start.wait()
        try:
            give_role(actor, member, role="member")
        except Refused as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((one, other), (other, one))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted([role_of(one), role_of(other)]) == ["member", "secretariat"]
    assert refused == ["役割を変えられるのは、事務局だけです。"]
