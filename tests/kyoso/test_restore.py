"""`manage.py restore`: all or nothing, and the same as it was."""

import json
import shutil
import tarfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import audit
from accounts.models import AuditEntry, Member
from channels_app import fragments
from channels_app.live import log
from channels_app.models import LiveEvent, LiveStream, Mention, Post
from kyoso.backups import folders, tables
from kyoso.backups.archive import DUMP, MANIFEST, Writer
from kyoso.backups.reading import Archive
from kyoso.management import site_backups
from tests import factories
from tests.kyoso import drill, made_up_rows
from tests.people import PASSWORD, person
from tests.role_stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR_DIR, settings.FILES_DIR = tmp_path / "var", tmp_path / "var" / "media" / "attachments"
    settings.FILES_DIR.mkdir(parents=True)
    fragments.cache.clear()


@pytest.fixture
def archive(tmp_path) -> Path:
    """A backup of a small site: two people, a channel, a post, a picture."""
    tanaka = person("tanaka")
    factories.post(tanaka, factories.channel("madoguchi-dx", tanaka), "控えてある投稿です。")
    (settings_picture() / "a-64.webp").write_bytes(b"picture")
    drill.back_up(tmp_path / "kyoso.tar")
    return tmp_path / "kyoso.tar"


def settings_picture() -> Path:
    return site_backups.this_site().places["pictures"]


def refused(path: Path, words: str, *, yes: bool = True) -> None:
    """The restore is refused in these words, and nothing is other than before."""
    before = drill.figures(), drill.sums(), drill.databases()
    with pytest.raises(CommandError, match=words):
        drill.bring_back(path, yes=yes)
    assert (drill.figures(), drill.sums(), drill.databases()) == before


def test_everything_is_as_it_was(tmp_path):
    Stage()
    Mention.objects.create(post=Post.objects.first(), kind="ambassadors")
    assert made_up_rows.fill(drill.empty_tables()) == set()
    before, files, epoch = drill.figures(), drill.sums(), log.epoch()
    assert min(found["rows"] for found in before.values()) > 0
    drill.back_up(tmp_path / "kyoso.tar")
    drill.wipe()
    assert (Member.objects.count(), drill.sums()) == (0, {})
    said = drill.bring_back(tmp_path / "kyoso.tar")
    assert "サイトを元に戻しました" in said
    after = drill.figures()
    assert drill.differing(before, after) == drill.RENEWED | drill.EMPTIED
    assert {after[name]["rows"] for name in drill.EMPTIED} == {0}
    assert drill.sums() == files
    assert log.epoch() != epoch
    assert LiveStream.objects.exclude(floor=F("head")).count() == 0
    assert LiveStream.objects.filter(head__gt=0).count() > 0
    assert drill.databases() == {""}


def test_members_can_log_in_and_nobody_is_still_logged_in(archive):
    one = Client()
    one.force_login(Member.objects.get())
    drill.bring_back(archive, yes=True)
    assert Session.objects.count() == 0
    assert one.get("/home/").status_code == 302
    answer = one.post(reverse("account_login"), {"login": "tanaka@example.lg.jp", "password": PASSWORD})
    assert answer.status_code == 302
    assert one.get("/home/").status_code == 200


def test_new_numbers_follow_the_old_ones(archive):
    newest = Post.objects.get()
    drill.bring_back(archive, yes=True)
    tanaka = Member.objects.get()
    written = factories.post(tanaka, newest.channel, "戻したあとの投稿です。")
    assert (written.pk, written.n) == (newest.pk + 1, newest.n + 1)
    assert LiveEvent.objects.filter(stream__kind="c").count() == 1


def test_the_audit_log_still_verifies_and_tells_of_the_restore(archive):
    audit.record_alone(None, "audit.exported", count=1)
    made_at = timezone.localtime(datetime.fromisoformat(Archive(archive).manifest["made_at"]))
    drill.bring_back(archive, yes=True)
    assert audit.verify().is_intact
    newest = AuditEntry.objects.order_by("-id").first()
    assert (newest.deed, newest.detail["made_at"]) == ("site.restored", f"{made_at:%Y年%-m月%-d日 %H:%M}")
    assert AuditEntry.objects.filter(deed="audit.exported").count() == 0


def test_a_site_with_members_is_replaced_only_when_asked(archive):
    moment = timezone.localtime(datetime.fromisoformat(Archive(archive).manifest["made_at"]))
    loss = r"会員1名、投稿1件（最後の投稿は\d{4}年.*）があります。"
    refused(archive, f"{loss}復元すると、これが消えて{moment:%Y年%-m月%-d日}.*--yes", yes=False)


def test_another_sites_content_goes(archive):
    miura = person("miura")
    factories.post(miura, factories.channel("bousai", miura), "消える投稿です。")
    (settings_picture() / "b-64.webp").write_bytes(b"another picture")
    assert "消しました" in drill.bring_back(archive, yes=True)
    assert list(Member.objects.values_list("email", flat=True)) == ["tanaka@example.lg.jp"]
    assert list(Post.objects.values_list("text", flat=True)) == ["控えてある投稿です。"]
    assert list(drill.sums()) == ["pictures/a-64.webp"]


def test_a_running_site_is_left_alone(archive):
    with psycopg.connect(**site_backups.parameters()):
        refused_while_running(archive)
    assert Post.objects.count() == 1


def refused_while_running(archive: Path) -> None:
    with pytest.raises(CommandError, match="サイトが動いています"):
        drill.bring_back(archive, yes=True)


def test_what_a_killed_restore_left_goes(archive):
    name = connection.settings_dict["NAME"]
    with psycopg.connect(**site_backups.parameters() | {"dbname": "postgres"}, autocommit=True) as server:
        for left in ("_restoring", "_before"):
            server.execute(f'CREATE DATABASE "{name}{left}" TEMPLATE template0')
    assert drill.databases() == {"", "_restoring", "_before"}
    drill.bring_back(archive, yes=True)
    assert drill.databases() == {""}


def test_two_restores_at_once_are_refused(archive):
    parameters = site_backups.parameters()
    with psycopg.connect(**parameters | {"dbname": "postgres"}) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [parameters["dbname"]])
        refused(archive, "ほかの復元が進んでいます")


@pytest.mark.parametrize("part", ["the first header", DUMP, MANIFEST, "seal", "the end", "a picture"])
def test_one_flipped_byte_is_found(archive, part):
    content = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        places = {found.name: found.offset_data for found in tar}
    places |= {"the first header": 0, "the end": len(content) - 1}
    places["a picture"] = places["files/pictures/a-64.webp"]
    content[places[part] + (20 if part in places and part in {DUMP, MANIFEST} else 0)] ^= 1
    archive.write_bytes(content)
    refused(archive, "壊れているか、Kyosoのバックアップではありません")


@pytest.mark.parametrize("kept", [0, 1, 600, -1, -512, -10_240, -20_480])
def test_a_cut_archive_is_found(archive, kept):
    archive.write_bytes(archive.read_bytes()[:kept])
    refused(archive, "壊れているか、Kyosoのバックアップではありません")


def test_what_stands_behind_the_end_is_found(archive):
    with archive.open("ab") as file:
        file.write(b"\0" * 10_240 + b"more")
    refused(archive, "壊れているか、Kyosoのバックアップではありません")


@pytest.mark.parametrize(
    "name",
    [
        "files/pictures/../../escaped",
        "/tmp/escaped",
        "files/pictures/.hidden",
        "escaped",
        "files/escaped",
        "files//escaped",
        "files/pictures/a\nb",
    ],
)
def test_names_that_lead_elsewhere_are_refused(archive, tmp_path, name):
    forged = tmp_path / "forged.tar"
    drill.forge(archive, forged, lambda writer: writer.add(name, BytesIO(b"evil"), 4))
    refused(forged, "壊れているか、Kyosoのバックアップではありません")
    assert not Path("/tmp/escaped").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_and_other_things_are_refused(archive, tmp_path, kind):
    def add(writer: Writer) -> None:
        found = tarfile.TarInfo("files/pictures/link")
        found.type, found.linkname = kind, "/etc/passwd"
        writer.tar.addfile(found)

    drill.forge(archive, tmp_path / "forged.tar", add)
    refused(tmp_path / "forged.tar", "壊れているか、Kyosoのバックアップではありません")


def test_a_file_that_is_there_twice_is_refused(archive, tmp_path):
    name = "files/pictures/a-64.webp"
    drill.forge(archive, tmp_path / "forged.tar", lambda writer: writer.add(name, BytesIO(b"picture"), 7))
    refused(tmp_path / "forged.tar", "壊れているか、Kyosoのバックアップではありません")


def test_a_row_that_was_changed_by_hand_is_named(archive, tmp_path):
    """The control arm: the sum of the rows is compared, not only the seal."""
    Post.objects.update(text="書き換えた投稿です。")
    drill.back_up(tmp_path / "changed.tar")
    changed = drill.content(Archive(tmp_path / "changed.tar"), DUMP)
    shutil.rmtree(settings_picture())
    drill.forge(archive, tmp_path / "forged.tar", dump=changed)
    refused(
        tmp_path / "forged.tar",
        r"控えと違います（.*channels_app_post：1行（.+）のはずが1行（",
    )


def test_a_dump_that_cannot_be_read_changes_nothing(archive, tmp_path):
    drill.forge(archive, tmp_path / "forged.tar", dump=b"no dump")
    refused(tmp_path / "forged.tar", "pg_restore が失敗しました")


def test_a_backup_of_a_newer_kyoso_is_refused(archive, tmp_path):
    manifest = Archive(archive).manifest
    newer = [*manifest["migrations"], ["channels_app", "9999_of_tomorrow"]]
    drill.forge(archive, tmp_path / "forged.tar", migrations=newer)
    refused(tmp_path / "forged.tar", "新しいKyosoのものです（9999_of_tomorrow）")


def test_a_backup_of_another_format_is_refused(archive, tmp_path):
    drill.forge(archive, tmp_path / "forged.tar", format=2)
    refused(tmp_path / "forged.tar", "形式を読めません")


def test_a_backup_of_a_newer_postgresql_is_refused(archive, tmp_path):
    drill.forge(archive, tmp_path / "forged.tar", postgresql=990000)
    refused(tmp_path / "forged.tar", "PostgreSQL 99のもので")


def test_files_of_an_unknown_kind_are_refused(archive, tmp_path):
    drill.forge(
        archive, tmp_path / "forged.tar", lambda writer: writer.add("files/films/a", BytesIO(b"1"), 1)
    )
    refused(tmp_path / "forged.tar", "このKyosoにない種類のファイルがあります（films）")


def test_a_place_that_cannot_be_used_is_said(archive, settings):
    settings.FILES_DIR.rmdir()
    settings.FILES_DIR.write_text("a file where the folder should be")
    refused(archive, "ファイルを使えません（.*File exists.*何も変えていません。")


def test_a_file_that_cannot_be_removed_is_said_of_a_site_that_is_restored(archive, monkeypatch):
    def stuck(*given):
        raise PermissionError(13, "Permission denied", "old.webp")

    monkeypatch.setattr(folders, "remove_others", stuck)
    person("miura")
    with pytest.raises(CommandError, match=r"old\.webp.*サイトは元に戻しました。"):
        drill.bring_back(archive, yes=True)
    assert Member.objects.count() == 1


def test_another_secret_key_is_told(archive, tmp_path):
    drill.forge(archive, tmp_path / "forged.tar", secret_mark="0" * 16)
    assert "別のSECRET_KEY" in drill.bring_back(tmp_path / "forged.tar", yes=True)
    assert "別のSECRET_KEY" not in drill.bring_back(archive, yes=True)


def test_an_older_backup_is_brought_up_to_date(tmp_path):
    person("tanaka")
    call_command("migrate", "channels_app", "0010", verbosity=0, interactive=False)
    drill.back_up(tmp_path / "older.tar")
    older = Archive(tmp_path / "older.tar").manifest["migrations"]
    drill.bring_back(tmp_path / "older.tar", yes=True)
    with psycopg.connect(**site_backups.parameters()) as database:
        newer = tables.migrations(database)
    assert [pair for pair in newer if pair not in older] != []
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_a_file_that_is_no_archive_is_refused(tmp_path, archive):
    (tmp_path / "letter.tar").write_text(json.dumps({"format": 1}))
    refused(tmp_path / "letter.tar", "壊れているか")
    refused(tmp_path / "missing.tar", "というファイルがありません")


def test_settings_of_the_database_connection_do_not_change_the_sums(archive):
    with psycopg.connect(**site_backups.parameters()) as database:
        database.execute("SET datestyle = 'SQL, DMY'")
        database.execute("SET timezone = 'Asia/Tokyo'")
        found = tables.fingerprints(database, without=site_backups.NOT_KEPT)
    expected = Archive(archive).manifest["tables"]
    assert drill.differing(expected, found) <= {"accounts_auditentry", "accounts_audithead"}
