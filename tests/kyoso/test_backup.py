"""`manage.py backup`: one sealed file of a running site, or none."""

import os
import re
import resource
import stat
import subprocess
import sys
from io import BytesIO
from threading import Event, Thread

import pytest
from django.core.management import CommandError
from django.db import connections

from accounts.models import AuditEntry
from channels_app.actions.attachments import upload
from channels_app.stored_files import remove
from kyoso.backups import BackupError, folders, programs
from kyoso.backups.archive import Writer, written_whole
from kyoso.backups.making import make_backup
from kyoso.backups.reading import Archive
from kyoso.management import site_backups
from tests import documents, factories
from tests.kyoso import drill
from tests.people import person
from tests.site import PROJECT, site_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR_DIR, settings.FILES_DIR = tmp_path / "var", tmp_path / "var" / "media" / "attachments"
    settings.FILES_DIR.mkdir(parents=True)


@pytest.fixture
def place(tmp_path):
    found = tmp_path / "backups"
    found.mkdir()
    return found


def test_the_archive_holds_rows_and_files_and_only_its_owner_may_read_it(place):
    tanaka = person("tanaka")
    upload(tanaka, documents.picture(), "図.png")
    before = drill.figures()
    said = drill.back_up(place / "kyoso.tar")
    archive = Archive(place / "kyoso.tar")
    assert stat.S_IMODE(archive.path.stat().st_mode) == 0o600
    assert list(place.iterdir()) == [archive.path]
    expected = {name: found for name, found in before.items() if name not in drill.EMPTIED}
    assert archive.manifest["tables"] == expected
    assert {name: facts["sha256"] for name, facts in archive.files.items()} == drill.sums()
    assert len(archive.files) == 2
    assert archive.manifest["migrations"][-1] in [list(pair) for pair in applied()]
    assert re.search(rf"ファイル2件、全体で{archive.size:,}バイト。かかった時間：ファイル\d+\.\d秒", said)


def applied() -> list[tuple[str, str]]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return cursor.fetchall()


def test_a_backup_is_named_by_its_moment_in_the_default_folder(settings):
    drill.back_up(settings.VAR_DIR / "backups")
    (found,) = (settings.VAR_DIR / "backups").iterdir()
    assert re.fullmatch(r"kyoso-\d{8}-\d{6}\.tar", found.name)
    assert stat.S_IMODE(found.parent.stat().st_mode) == 0o700


def test_a_backup_is_recorded(place):
    drill.back_up(place / "kyoso.tar")
    entry = AuditEntry.objects.get(deed="site.backed_up")
    size = (place / "kyoso.tar").stat().st_size
    assert (entry.actor, entry.detail) == (None, {"file": "kyoso.tar", "size": size})


def test_another_archive_is_never_replaced(place):
    (place / "kyoso.tar").write_bytes(b"older")
    with pytest.raises(CommandError, match="もうあります"):
        drill.back_up(place / "kyoso.tar")
    assert (place / "kyoso.tar").read_bytes() == b"older"
    assert AuditEntry.objects.filter(deed="site.backed_up").count() == 0


def test_a_missing_folder_is_said(place):
    with pytest.raises(CommandError, match="書けません"):
        drill.back_up(place / "nowhere" / "kyoso.tar")


def test_a_default_folder_that_cannot_be_made_is_said(settings):
    (settings.VAR_DIR / "backups").write_text("a file where the folder should be")
    with pytest.raises(CommandError, match="backups に書けません（File exists）"):
        drill.called("backup")


def test_a_database_that_cannot_be_read_leaves_nothing(place):
    site = site_backups.this_site()
    site.parameters["dbname"] = "nothing_of_that_name"
    with pytest.raises(BackupError, match="データベースを読めません"):
        make_backup(site, place / "kyoso.tar")
    assert list(place.iterdir()) == []


def test_a_full_disk_leaves_nothing(place, settings):
    """The limit of a process for the size of a file stands for the end of the disk."""
    upload(person("tanaka"), documents.picture(size=(600, 600)), "図.png")
    environment = os.environ | site_settings(["http://127.0.0.1:8000"])
    environment |= {"KYOSO_VAR": str(settings.VAR_DIR), "FILES_DIR": str(settings.FILES_DIR)}
    ended = subprocess.run(
        [sys.executable, "manage.py", "backup", "--to", str(place / "kyoso.tar")],
        cwd=PROJECT,
        env=environment,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "何も残していません" in ended.stderr or "失敗しました" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(place.iterdir()) == []


def test_what_a_killed_run_left_goes_and_what_another_run_writes_stays(place):
    (place / ".old.tar.1.unfinished").write_bytes(b"half")
    with written_whole(place / "first.tar") as first:
        first.write(b"first")
        with written_whole(place / "second.tar") as second:
            second.write(b"second")
    assert sorted(path.name for path in place.iterdir()) == ["first.tar", "second.tar"]
    assert (place / "first.tar").read_bytes() == b"first"


def test_an_interrupted_run_leaves_nothing(place):
    with pytest.raises(KeyboardInterrupt), written_whole(place / "kyoso.tar") as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(place.iterdir()) == []


def test_files_that_come_meanwhile_are_added_and_those_that_go_are_left_out():
    tanaka = person("tanaka")
    first = upload(tanaka, documents.pdf(), "一.pdf")
    writer, places = Writer(BytesIO()), site_backups.this_site().places
    folders.add_new(writer, places)
    second = upload(tanaka, documents.pdf(b"\n2"), "二.pdf")
    remove(first.key)
    folders.add_new(writer, places)
    keys = [name.split("/")[3] for name in writer.listed]
    assert keys == [first.key.hex, second.key.hex]


def test_a_backup_of_a_site_in_use_is_one_moment(place):
    """The figures are of the dump's snapshot: a restore compares them and refuses otherwise."""
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    begun, enough = Event(), Event()

    def write() -> None:
        while not enough.is_set():
            factories.post(tanaka, channel)
            begun.set()
        connections.close_all()

    writer = Thread(target=write)
    writer.start()
    begun.wait(30)
    drill.back_up(place / "kyoso.tar")
    enough.set()
    writer.join()
    told = Archive(place / "kyoso.tar").manifest["tables"]["channels_app_post"]
    assert drill.figures()["channels_app_post"]["rows"] > told["rows"] > 0
    drill.bring_back(place / "kyoso.tar", yes=True)
    assert drill.figures()["channels_app_post"] == told


def test_client_programs_of_another_version_are_asked_for_in_one_sentence():
    with pytest.raises(BackupError, match=r"^データベースはPostgreSQL 99ですが、.*postgresql-client-99"):
        programs.folder_for(99)


def test_the_client_programs_that_come_along_are_found():
    assert programs.version_of(programs.folder_for(18) / "pg_dump") == 18
