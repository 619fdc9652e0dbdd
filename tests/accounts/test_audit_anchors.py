"""Removing old entries of the audit log: what is left verifies, and any tampering is still found."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions import audit_anchors
from accounts.actions.audit import Broken, record, verify, verify_and_note
from accounts.models import AuditAnchor, AuditEntry, AuditHead
from accounts.models.audit import seal
from secretariat.tasks import prune_audit_log
from tests.accounts.test_audit import run, tamper, verified
from tests.people import person

pytestmark = pytest.mark.django_db

ANCHOR = "accounts_auditanchor"


def aged(*days):
    """Entries that were written so many days ago, chained as `record` does it."""
    made = []
    for age in days:
        head = AuditHead.objects.filter(pk=1).first() or AuditHead.objects.create(pk=1)
        at = timezone.now() - timedelta(days=age)
        entry = AuditEntry(id=head.last_id + 1, at=at, deed="member.resumed", chained_before=head.chained)
        entry.chained = seal(entry)
        entry.save(force_insert=True)
        facts = {"count": head.count + 1, "last_id": entry.pk, "chained": entry.chained}
        AuditHead.objects.filter(pk=1).update(**facts)
        made.append(entry)
    return made


def pruned():
    """A log of which three entries went and two stayed, with the entry about it."""
    entries = aged(2_000, 1_500, 1_200, 900, 1)
    prune_audit_log()
    return entries


def ids():
    return list(AuditEntry.objects.order_by("id").values_list("pk", flat=True))


def tamper_anchor(sql, *values):
    run(f"ALTER TABLE {ANCHOR} DISABLE TRIGGER USER")
    tamper(sql, *values)
    run(f"ALTER TABLE {ANCHOR} ENABLE TRIGGER USER")


def test_entries_older_than_the_setting_go_and_the_rest_verifies():
    entries = pruned()
    assert ids() == [4, 5, 6]
    last = AuditEntry.objects.get(pk=6)
    anchor = AuditAnchor.objects.get()
    assert (anchor.count, anchor.last_id, anchor.chained) == (3, 3, entries[2].chained)
    until = timezone.localtime(entries[2].at).date().isoformat()
    assert (last.deed, last.actor, last.detail) == (
        "audit.pruned",
        None,
        {"removed": 3, "until": until, "count": 3, "last_id": 3, "chained": entries[2].chained},
    )
    verdict = verify()
    assert (verdict.is_intact, verdict.count, verdict.chained) == (True, 6, last.chained)


def test_a_second_run_changes_nothing_and_a_later_one_moves_on(settings):
    pruned()
    prune_audit_log()
    assert ids() == [4, 5, 6]
    settings.AUDIT_YEARS = 1
    prune_audit_log()
    assert ids() == [5, 6, 7]
    assert AuditAnchor.objects.get().count == 4
    assert verify().is_intact


def test_a_young_log_loses_nothing():
    aged(1_000, 10)
    prune_audit_log()
    assert (ids(), AuditAnchor.objects.count()) == ([1, 2], 0)


def test_a_log_of_old_entries_alone_keeps_the_entry_about_the_removal():
    aged(2_000, 1_999)
    prune_audit_log()
    assert [entry.deed for entry in AuditEntry.objects.all()] == ["audit.pruned"]
    assert verify().is_intact


def test_a_portion_at_a_time_makes_one_chain():
    aged(*range(2_010, 2_000, -1), 1)
    while audit_anchors.prune_before(timezone.now() - timedelta(days=1_500), 4):
        assert verify().is_intact
    assert [entry.detail["removed"] for entry in AuditEntry.objects.filter(deed="audit.pruned")] == [2, 4, 4]
    assert ids() == [11, 12, 13, 14]


def test_an_old_entry_behind_a_younger_one_stays_until_its_turn():
    aged(2_000, 10, 1_999)
    prune_audit_log()
    assert ids() == [2, 3, 4]


@pytest.mark.parametrize(
    ("years", "today", "oldest"),
    [(3, date(2026, 11, 24), date(2023, 11, 24)), (1, date(2028, 2, 29), date(2027, 2, 28))],
)
def test_years_are_counted_by_the_calendar(settings, years, today, oldest):
    settings.AUDIT_YEARS = years
    moment = timezone.localtime(audit_anchors.oldest_kept(today))
    assert (moment.date(), moment.hour, moment.minute) == (oldest, 0, 0)


def test_nothing_is_removed_from_a_broken_log():
    aged(2_000, 1_999, 1)
    tamper("UPDATE accounts_auditentry SET deed = 'x' WHERE id = 3")
    prune_audit_log()
    assert ids() == [1, 2, 3]
    tamper("UPDATE accounts_auditentry SET deed = 'x' WHERE id = 1")
    with pytest.raises(Broken), transaction.atomic():
        audit_anchors.prune_before(timezone.now() - timedelta(days=1_500))
    assert (ids(), AuditAnchor.objects.count()) == ([1, 2, 3], 0)


@pytest.mark.parametrize(
    ("column", "value"), [("count", 2), ("count", 4), ("last_id", 2), ("last_id", 4), ("chained", "0" * 64)]
)
def test_a_changed_anchor_is_found(column, value):
    pruned()
    tamper_anchor(f"UPDATE {ANCHOR} SET {column} = %s", value)  # noqa: S608
    assert not verify().is_intact
    assert verified()[1] == 1


def test_a_removed_or_invented_anchor_is_found():
    pruned()
    tamper_anchor(f"DELETE FROM {ANCHOR}")  # noqa: S608
    assert not verify().is_intact


def test_removing_the_beginning_by_hand_is_found_whatever_the_anchor_says():
    entries = aged(2_000, 1_999, 1)
    tamper("DELETE FROM accounts_auditentry WHERE id = 1")
    assert not verify().is_intact
    AuditAnchor.objects.create(pk=1, count=1, last_id=1, chained=entries[0].chained)
    assert not verify().is_intact


@pytest.mark.parametrize("place", [0, 1, 3])
def test_an_entry_put_before_the_beginning_is_found(place):
    pruned()
    copied = "at, actor_id, deed, noun, noun_id, detail, address, chained_before, chained"
    sql = f"INSERT INTO accounts_auditentry (id, {copied}) SELECT %s, {copied} FROM accounts_auditentry"  # noqa: S608
    tamper(f"{sql} WHERE id = 4", place)
    assert verify().broken_id == place


def test_an_entry_put_before_the_beginning_is_found_though_nobody_can_read_it():
    pruned()
    columns = "id, at, deed, noun, detail, chained_before, chained"
    values = "1, 'infinity', 'x', '', '{}', '', ''"
    tamper(f"INSERT INTO accounts_auditentry ({columns}) VALUES ({values})")  # noqa: S608
    assert verify().broken_id == 1
    assert verified()[1] == 1


@pytest.mark.parametrize("place", [4, 5, 6])
def test_every_entry_that_stayed_is_still_guarded(place):
    pruned()
    tamper("UPDATE accounts_auditentry SET deed = 'x' WHERE id = %s", place)
    assert verify().broken_id == place
    tamper("DELETE FROM accounts_auditentry WHERE id = %s", place)
    assert not verify().is_intact


@pytest.mark.parametrize(
    "sql",
    [
        f"DELETE FROM {ANCHOR}",  # noqa: S608
        f"UPDATE {ANCHOR} SET count = count - 1",  # noqa: S608
        f"UPDATE {ANCHOR} SET chained = 'x'",  # noqa: S608
        "DELETE FROM accounts_auditentry WHERE id = 4",
        "SET LOCAL kyoso.pruning = 'on'; DELETE FROM accounts_auditentry WHERE id = 5",
        "SET LOCAL kyoso.pruning = 'on'; UPDATE accounts_auditentry SET deed = 'x' WHERE id = 4",
    ],
)
def test_the_database_itself_refuses(sql):
    pruned()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(sql)
    assert (ids(), verify().is_intact) == ([4, 5, 6], True)


def test_the_database_no_longer_removes_after_a_removal():
    pruned()
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM accounts_auditentry WHERE id = 4")


def test_the_command_tells_what_is_gone_and_compares_what_is_left():
    entries = pruned()
    end = AuditEntry.objects.get(pk=6).chained
    assert verified() == (
        "監査の記録3件に、書き換えも欠けもありません。\n"
        f"これより前の3件は、保存期間を過ぎて消しました。\n控え：6 {end}\n",
        0,
    )
    assert verified("--kept", entries[2].chained, "4", entries[3].chained)[1] == 0
    said, code = verified("--kept", "2", entries[1].chained)
    assert (said.splitlines()[-1], code) == (
        f"この控えの記録は保存期間を過ぎて消したため、比べられません：{entries[1].chained}。"
        f"消したのは{timezone.localtime(entries[2].at).date()}までの記録です。"
        "それより後の控えなら、記録全体が作り直された疑いがあります。",
        0,
    )
    assert verified("--kept", entries[1].chained)[1] == 1
    assert verified("--kept", "5", entries[1].chained)[1] == 1


def test_the_desk_says_what_was_removed():
    entries = pruned()
    verify_and_note()
    browser = Client()
    browser.force_login(person("oonishi"))
    until = timezone.localtime(entries[2].at)
    page = browser.get("/secretariat/audit/")
    assert page.context["chain"].text.endswith(
        "に3件を確かめました。書き換えも欠けもありません。"
        f"{until.year}年{until.month}月{until.day}日までの3件は、保存期間（3年）を過ぎて消しました。"
    )
    sentence = f"保存期間を過ぎた記録3件（{until.date().isoformat()}まで）を消しました"
    assert [(row.actor, row.sentence) for row in page.context["rows"]][1] == ("システム", sentence)


def test_deeds_go_on_after_a_removal():
    pruned()
    assert record(person("oonishi"), "member.resumed").pk == 7
    assert verify().is_intact
