"""Updating organisations from a CSV file: read, rehearsed, and carried out as a whole or not at all."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.actions.organisation_changes import rename
from accounts.actions.organisation_uploads import Kind, apply_file, apply_upload, keep_upload, rehearse
from accounts.actions.organisations import load_master
from accounts.actions.refusals import Refused
from accounts.master.rows import ORGANISATIONS_CSV, read_organisations
from accounts.master.uploads import LARGEST, MOST_ROWS, Unreadable, text_of
from accounts.models import AuditEntry, Member, Organisation, OrganisationChange
from tests.people import organisation, person

pytestmark = pytest.mark.django_db

HEAD = "code,name,kana,effective_date,successor_code,change,evidence\n"
RENAMED = "394017,四万十川町,しまんとがわちょう,2026-04-01,,,官報\n"
UNCHANGED = "032018,盛岡市,もりおかし,2026-04-01,,,\n"
MERGED = "394017,中土佐町,なかとさちょう,2026-04-01,032018,,\n"
NEW = "392120,新土佐市,しんとさし,2026-04-01,,設置,\n"


@pytest.fixture(autouse=True)
def places():
    return [organisation(slug) for slug in ("394017", "032018", "390003")]


def state():
    """Everything that an update could change."""
    rows = Organisation.objects.order_by("slug").values_list("slug", "name", "kana", "valid_to", "population")
    return list(rows), OrganisationChange.objects.count(), AuditEntry.objects.count()


def changes(outcome):
    return [(line.number, line.sentence) for line in outcome.changes]


def errors(text, kind=Kind.MASTER):
    """The errors of a file, which must change nothing."""
    before = state()
    outcome = rehearse(None, kind, text)
    applied = apply_file(kind, text)
    assert (state(), applied.errors) == (before, outcome.errors)
    return [(line.number, line.sentence) for line in outcome.errors]


def test_a_rehearsal_says_everything_and_changes_nothing():
    person("tanaka")
    oonishi = person("oonishi")
    before = state()
    outcome = rehearse(oonishi, Kind.MASTER, HEAD + RENAMED + UNCHANGED)
    assert changes(outcome) == [(2, "高知県 中土佐町：「中土佐町」を「四万十川町」に名称変更（2026-04-01）")]
    assert (outcome.unchanged, outcome.errors, state()) == (1, [], before)


def test_a_kept_file_is_carried_out_once():
    oonishi, tanaka = person("oonishi"), person("tanaka")
    outcome, upload = keep_upload(oonishi, Kind.MASTER, HEAD + RENAMED + UNCHANGED)
    assert (upload.changes, upload.applied_at, organisation("394017").name) == (1, None, "中土佐町")
    assert (apply_upload(oonishi, upload), apply_upload(oonishi, upload)) == (True, False)
    assert organisation("394017").name == "四万十川町"
    assert list(Member.objects.found_by("四万十川")) == [tanaka]
    change = OrganisationChange.objects.get()
    assert (change.evidence, change.noted_by, change.effective_on.isoformat()) == (
        "官報",
        oonishi,
        "2026-04-01",
    )
    deeds = list(AuditEntry.objects.order_by("id").values_list("deed", flat=True))
    assert deeds == ["organisation.renamed", "organisation.updated"]


def test_a_file_that_would_now_do_something_else_is_refused():
    oonishi = person("oonishi")
    _, upload = keep_upload(oonishi, Kind.MASTER, HEAD + RENAMED)
    rename(oonishi, organisation("394017"), name="別町", kana="べつちょう", effective_on=date(2026, 3, 1))
    before = state()
    with pytest.raises(Refused):
        apply_upload(oonishi, upload)
    upload.refresh_from_db()
    assert (state(), upload.applied_at) == (before, None)


def test_a_file_without_changes_or_with_errors_is_not_kept():
    oonishi = person("oonishi")
    assert keep_upload(oonishi, Kind.MASTER, HEAD + UNCHANGED)[1] is None
    assert keep_upload(oonishi, Kind.MASTER, HEAD + RENAMED + "999999,x,y,z,,,\n")[1] is None


@pytest.mark.parametrize("key", ["hasegawa", "tanaka"])
def test_only_the_secretariat_reads_and_applies(key):
    _, upload = keep_upload(person("oonishi"), Kind.MASTER, HEAD + RENAMED)
    actor = person(key)
    with pytest.raises(Refused):
        rehearse(actor, Kind.MASTER, HEAD + RENAMED)
    with pytest.raises(Refused):
        apply_upload(actor, upload)
    assert organisation("394017").name == "中土佐町"


def test_a_new_city_can_be_the_successor_in_the_same_file():
    into_new = "394017,中土佐町,なかとさちょう,2026-04-02,392120,合併,官報\n"
    outcome = apply_file(Kind.MASTER, HEAD + NEW + into_new)
    assert outcome.errors == []
    city = Organisation.objects.get(slug="392120")
    town = organisation("394017")
    assert (city.kind, city.prefecture_code, town.successor) == ("city", "39", city)


def test_reading_the_same_file_again_changes_nothing():
    future = "390003,新高知県,しんこうちけん,2027-04-01,,,\n"
    text = HEAD + NEW + RENAMED + future
    assert len(apply_file(Kind.MASTER, text).changes) == 3
    before = state()
    again = apply_file(Kind.MASTER, text)
    assert (again.changes, again.errors, again.unchanged, state()) == ([], [], 3, before)


def test_the_whole_master_is_read_and_unchanged():
    load_master()
    rows = [f"{row.code},{row.name},{row.kana},2026-04-01\n" for row in read_organisations(ORGANISATIONS_CSV)]
    outcome = rehearse(None, Kind.MASTER, "code,name,kana,effective_date\n" + "".join(rows))
    assert (outcome.changes, outcome.errors, outcome.unchanged) == ([], [], 1788)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("39401,中土佐町,なかとさちょう,2026-04-01,,,", "半角の数字6桁"),
        ("394018,中土佐町,なかとさちょう,2026-04-01,,,", "検査数字"),
        ("012025,函館市,はこだてし,2026-04-01,,,", "012025 の団体はありません"),
        ("394017,,なかとさちょう,2026-04-01,,,", "name"),
        ("394017,新町,新町,2026-04-01,,,", "kana"),
        ("394017,新町,しんまち,令和8年4月,,,", "effective_date"),
        ("394017,新町,しんまち,2026-02-30,,,", "effective_date"),
        ("394017,新町,しんまち,2099-01-01,,,", "施行日"),
        ("394017,新町,しんまち,2026-04-01,,へんこう,", "change"),
        ("394017,別の町,べつのまち,2026-04-01,032018,,", "団体コードと名称が合いません"),
        ("394017,中土佐町,なかとさちょう,2026-04-01,394017,,", "別の団体"),
        ("394017,中土佐町,なかとさちょう,2026-04-01,,合併,", "半角の数字6桁"),
        ("394017,中土佐町,なかとさちょう,2026-04-01,,設置,", "すでに高知県 中土佐町"),
        ("392120,新土佐組合,しんとさくみあい,2026-04-01,,設置,", "市・区・町・村"),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_nothing_is_changed(row, words):
    found = errors(f"{HEAD}{UNCHANGED}\n{row}\n")
    assert [number for number, _ in found] == [4]
    assert words in found[0][1]


def test_every_wrong_row_is_told_and_the_right_ones_wait():
    found = errors(HEAD + RENAMED + "999999,x,あ,2026-04-01,,,\n" + RENAMED)
    assert [number for number, _ in found] == [3, 4]
    assert "行が2つあります" in found[1][1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "列の名前"),
        ("\n\n", "列の名前"),
        (HEAD, "行がありません"),
        ("code,name\n1,2\n", "ない列：kana、effective_date"),
        (HEAD.replace("evidence", "備考") + RENAMED, "知らない列があります：備考"),
        (HEAD.replace("evidence", "code") + RENAMED, "同じ名前の列"),
        (HEAD + RENAMED.strip() + ",x\n", "見出しより多く"),
        (HEAD + '"394017,x\n', "引用符"),
        ("<html><body>\n", "列の名前"),
        (HEAD + UNCHANGED * (MOST_ROWS + 1), "行が多すぎます"),
    ],
    ids=range(10),
)
def test_a_file_of_another_shape_is_told(text, words):
    ((_, sentence),) = errors(text)
    assert words in sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_files_of_every_office_program_are_read(encoding):
    assert text_of((HEAD + RENAMED).replace("\n", "\r\n").encode(encoding)).splitlines()[0] == HEAD.strip()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00x", b"a\0b", b"\x80\x81\xff", b"x" * (LARGEST + 1)])
def test_what_is_no_text_is_refused(content):
    with pytest.raises(Unreadable):
        text_of(content)


def test_population_is_written_and_read_again():
    text = 'code,population\n394017,"6,002"\n032018,２８３０００\n'
    outcome = apply_file(Kind.POPULATION, text)
    assert changes(outcome) == [
        (2, "高知県 中土佐町：人口 なし → 6,002人"),
        (3, "岩手県 盛岡市：人口 なし → 283,000人"),
    ]
    assert [organisation(slug).population for slug in ("394017", "032018")] == [6002, 283000]
    assert apply_file(Kind.POPULATION, text).unchanged == 2


@pytest.mark.parametrize("number", ["", "-1", "1.5", "多い", "20000001", "99999999999999999999"])
def test_a_wrong_population_is_told(number):
    ((line, sentence),) = errors(f"code,population\n394017,{number}\n", Kind.POPULATION)
    assert (line, "population" in sentence) == (2, True)


def command(file, *options):
    said, complained = StringIO(), StringIO()
    call_command("update_organisations", str(file), *options, stdout=said, stderr=complained)
    return said.getvalue()


def test_the_command_says_first_and_does_when_told(tmp_path):
    file = tmp_path / "update.csv"
    file.write_bytes((HEAD + RENAMED).encode("cp932"))
    before = state()
    assert command(file).splitlines()[-1] == "1 would change (add --apply), 0 unchanged"
    assert state() == before
    assert command(file, "--apply").splitlines()[-1] == "1 changed, 0 unchanged"
    assert organisation("394017").name == "四万十川町"
    assert AuditEntry.objects.filter(actor=None, deed="organisation.updated").count() == 1


def test_the_command_refuses_what_it_cannot_read(tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"a\0b")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(HEAD + "999999,x,あ,2026-04-01,,,\n")
    before = state()
    for file in (bad, wrong, tmp_path / "none.csv", tmp_path):
        with pytest.raises(CommandError):
            command(file, "--apply")
    assert state() == before


def test_the_command_reads_populations(tmp_path):
    file = tmp_path / "population.csv"
    file.write_text("code,population\n394017,6002\n")
    command(file, "--population", "--apply")
    assert organisation("394017").population == 6002
