"""The audit log: what is recorded, that the chain holds, and that any tampering is found."""

import json
import threading
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actions.audit import record, verify
from accounts.models import AuditEntry, AuditHead
from accounts.whereabouts import coming_from
from tests.people import person

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"
APPEND_ONLY = ("accounts_auditentry", "accounts_audithead")


def deeds():
    return list(AuditEntry.objects.order_by("id").values_list("deed", flat=True))


def written(number=5):
    """A log of several entries about a member."""
    oonishi, tanaka = person("oonishi"), person("tanaka")
    with coming_from(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9")):
        return [record(oonishi, "member.resumed", tanaka, place=turn) for turn in range(number)]


def run(*statements):
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def tamper(sql, *values):
    """Change the tables behind the log's back, as somebody with the database's own password could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(sql, values)
        for table in APPEND_ONLY:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def change(entry, column, value):
    tamper(f"UPDATE accounts_auditentry SET {column} = %s WHERE id = %s", value, entry.pk)  # noqa: S608


def verified(*arguments):
    """What the command prints, and its exit code."""
    out, code = StringIO(), 0
    try:
        call_command("verify_audit", *arguments, stdout=out)
    except SystemExit as ended:
        code = ended.code
    return out.getvalue(), code


def test_entries_are_chained_without_a_gap():
    entries = written(3)
    assert [entry.pk for entry in entries] == [1, 2, 3]
    assert [entry.chained_before for entry in entries] == ["", entries[0].chained, entries[1].chained]
    assert len({entry.chained for entry in entries}) == 3
    head = AuditHead.objects.get()
    assert (head.count, head.last_id, head.chained) == (3, 3, entries[2].chained)
    assert entries[0].address == "203.0.113.9"
    assert all(entry.is_intact for entry in AuditEntry.objects.all())


def test_an_untouched_log_is_intact_and_the_head_is_printed():
    entries = written(3)
    assert verified() == (
        f"監査の記録3件に、書き換えも欠けもありません。\n控え：3 {entries[-1].chained}\n",
        0,
    )
    assert AuditHead.objects.get().broken_id is None


def test_a_chain_that_was_made_anew_is_found_by_a_head_kept_elsewhere():
    entries = written(3)
    kept = entries[1].chained
    assert verified("--kept", kept)[1] == 0
    tamper("DELETE FROM accounts_auditentry")
    tamper("UPDATE accounts_audithead SET count = 0, last_id = 0, chained = ''")
    record(entries[0].actor, "member.resumed")
    assert verified()[1] == 0
    said = f"控えの印が記録にありません：{kept}。記録全体が作り直された疑いがあります。\n"
    assert verified("--kept", kept) == (said, 1)


def test_an_empty_log_is_intact():
    assert verified()[1] == 0


def test_a_deed_that_fails_leaves_no_entry_and_no_gap():
    first = record(person("oonishi"), "member.resumed")
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record(first.actor, "member.suspended")
        raise ZeroDivisionError
    assert record(first.actor, "member.resumed").pk == first.pk + 1
    assert verify().is_intact


COLUMNS = {
    "id": st.integers(100, 2**62),
    "at": st.datetimes().map(lambda at: f"{at}+00"),
    "actor_id": st.none(),
    "deed": st.text("abc.", max_size=40),
    "noun": st.text("abc", max_size=40),
    "noun_id": st.none() | st.integers(-(2**62), 2**62),
    "detail": st.dictionaries(st.text("ab"), st.integers() | st.text("ab")).map(json.dumps),
    "address": st.none() | st.ip_addresses().map(str),
    "chained_before": st.text("0123456789abcdef", max_size=64),
    "chained": st.text("0123456789abcdef", max_size=64),
}


def test_every_column_is_tampered_with():
    assert set(COLUMNS) == {field.column for field in AuditEntry._meta.fields}


@pytest.mark.parametrize("column", COLUMNS)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_change_of_any_column_of_any_entry_is_found(column, drawn):
    with transaction.atomic():
        entries = written()
        entry = drawn.draw(st.sampled_from(entries))
        value = drawn.draw(COLUMNS[column])
        change(entry, column, value)
        row = AuditEntry.objects.filter(deed="member.resumed", pk=entry.pk).first()
        same = row is not None and (row.chained, row.chained_before) == (entry.chained, entry.chained_before)
        unchanged = same and all(
            getattr(row, name) == getattr(entry, name)
            for name in ("at", "actor_id", "noun", "noun_id", "detail", "address")
        )
        verdict = verify()
        assert verdict.is_intact is unchanged
        transaction.set_rollback(True)


@pytest.mark.parametrize("column", ["at", "detail", "address", "actor_id", "noun_id"])
def test_the_command_names_the_first_broken_entry_and_fails(column):
    entries = written()
    other = {"at": "infinity", "detail": "[]", "address": "10.0.0.0/8", "actor_id": None, "noun_id": 0}
    for entry in entries[2:4]:
        change(entry, column, other[column])
    said, code = verified()
    assert code == 1
    assert said.startswith(f"監査の記録が途切れています：記録 {entries[2].pk}。")
    assert said.endswith("その前の2件は確かです。\n")
    assert AuditHead.objects.get().broken_id == entries[2].pk


@pytest.mark.parametrize(("removed", "broken"), [(0, 1), (2, 3), (4, 4)])
def test_a_removed_entry_is_found(removed, broken):
    entries = written()
    tamper("DELETE FROM accounts_auditentry WHERE id = %s", entries[removed].pk)
    expected = entries[broken].pk if broken < 4 else entries[-1].pk
    assert verify().broken_id == expected


def test_removing_the_end_together_with_the_count_is_found_by_the_hash():
    entries = written()
    tamper("DELETE FROM accounts_auditentry WHERE id = %s", entries[-1].pk)
    tamper("UPDATE accounts_audithead SET count = 4, last_id = 4")
    assert not verify().is_intact


def test_a_removed_head_is_found_and_deeds_go_on():
    entries = written()
    tamper("DELETE FROM accounts_audithead")
    assert not verify().is_intact
    later = record(None, "member.resumed")
    assert (later.pk, verify().broken_id) == (entries[-1].pk + 1, later.pk)


def test_entries_from_before_the_chain_are_chained_by_the_migration():
    old = AuditEntry.objects.bulk_create(AuditEntry(deed="member.resumed", id=pk) for pk in (3, 4, 9))
    tamper("DELETE FROM accounts_audithead")
    run("ALTER TABLE accounts_auditentry DISABLE TRIGGER USER")
    import_module("accounts.migrations.0005_audit_chain").chain(apps, None)
    verdict = verify()
    assert (verdict.is_intact, verdict.count) == (True, len(old))
    assert record(None, "member.resumed").pk == 10


def test_two_exchanged_entries_are_found():
    entries = written()
    first, second = entries[1].pk, entries[3].pk
    tamper("UPDATE accounts_auditentry SET id = 99 WHERE id = %s", first)
    tamper("UPDATE accounts_auditentry SET id = %s WHERE id = %s", first, second)
    tamper("UPDATE accounts_auditentry SET id = %s WHERE id = 99", second)
    assert verify().broken_id == first


@pytest.mark.parametrize("place", [0, 1_000])
def test_an_inserted_entry_is_found(place):
    last = written()[-1]
    copied = "at, actor_id, deed, noun, noun_id, detail, address, chained_before, chained"
    sql = f"INSERT INTO accounts_auditentry (id, {copied}) SELECT %s, {copied} FROM accounts_auditentry"  # noqa: S608
    tamper(f"{sql} WHERE id = %s", place, last.pk)
    assert not verify().is_intact


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE accounts_auditentry SET deed = 'x'",
        "DELETE FROM accounts_auditentry",
        "DELETE FROM accounts_audithead",
        "UPDATE accounts_audithead SET count = count - 1",
        "UPDATE accounts_audithead SET chained = 'x'",
    ],
)
def test_the_database_itself_refuses_changes(sql):
    written(2)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run(sql)
    assert verify().count == 2


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_the_database_refuses_to_empty_the_log_outside_of_tests(table):
    written(2)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        run("SET CONSTRAINTS ALL IMMEDIATE", "SET LOCAL kyoso.emptying = 'off'", f"TRUNCATE {table}")
    assert verify().count == 2


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_chain():
    actor = person("oonishi")
    start = threading.Barrier(6)

    def write():
        try:
            start.wait()
            for turn in range(10):
                record(actor, "member.resumed", actor, turn=turn)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    verdict = verify()
    assert (verdict.is_intact, verdict.count) == (True, 60)
    assert list(AuditEntry.objects.order_by("id").values_list("id", flat=True)) == list(range(1, 61))


@pytest.mark.parametrize("detail", [{"x": 1.5}, {"x": {1: 2}}, {"x": object()}, {"x": [b"raw"]}])
def test_a_detail_that_would_come_back_changed_is_refused(detail):
    with pytest.raises(TypeError):
        record(None, "member.resumed", **detail)
    assert deeds() == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(exclude_characters="\0", codec="utf-8")),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('ab１"\\'), inner, max_size=3),
        max_leaves=6,
    ),
    st.none() | st.ip_addresses().map(str) | st.just("fe80::1%eth0") | st.just("::ffff:10.0.0.1"),
)
def test_whatever_is_recorded_verifies(value, address):
    with transaction.atomic():
        record(None, "member.resumed", None, address, said=value)
        assert verify().is_intact
        transaction.set_rollback(True)
