"""Bringing back a backup: into a database beside the site's, compared there, then exchanged in one step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from kyoso.backups import BackupError, databases, folders, programs, tables
from kyoso.backups.archive import DUMP, has_room
from kyoso.backups.making import Site, Told
from kyoso.backups.reading import Archive

UNCHANGED = "何も変えていません。"
LEFT_OVER = "サイトは元に戻しました。バックアップになかったファイルの一部が残っています。"


def restore(archive: Archive, site: Site, told: Told, renew: Callable[[str], None]) -> int:
    """Replace the content of a site by that of an archive; gives how many files were removed.

    Arguments: `archive`, which was verified when it was opened; `renew` is called with the name of the
    restored database before it takes the site's place: it migrates it and begins a new history.

    Side effects in order: a database is made beside the site's, loaded and compared, table by table; files
    that are missing are added and compared; `renew`; the two databases exchange their names in one
    transaction, from which moment on the site is the archive's; the old database and its files go.
    Raises BackupError; up to the exchange nothing of the site has changed, and what was added is taken back.
    Only what says that files are left over is raised after it.
    """
    present = site.parameters["dbname"]
    new, old = databases.named(present, "_restoring"), databases.named(present, "_before")
    with usable_files(UNCHANGED), databases.ruled(site.parameters) as server:
        refuse(archive, site, server)
        added: list[Path] = []
        try:
            databases.create(server, new, like=present)
            load(archive, site.parameters | {"dbname": new}, told)
            with told.timed("files"):
                bring_files(archive, site.places, added)
            with told.timed("renewal"):
                renew(new)
            databases.exchange(server, present, new, old)
        except BaseException:
            folders.take_back(added)
            with suppress(psycopg.Error):
                databases.drop(server, new)
            raise
        databases.drop(server, old)
    with usable_files(LEFT_OVER):
        return folders.remove_others(archive, site.places)


@contextmanager
def usable_files(state: str) -> Iterator[None]:
    """Raise BackupError for a file that cannot be used, with what has become of the site."""
    try:
        yield
    except OSError as error:
        raise BackupError(f"ファイルを使えません（{error}）。{state}") from error


def refuse(archive: Archive, site: Site, server: psycopg.Connection) -> None:
    """Raise BackupError where a restore cannot end well: servers run, an old PostgreSQL, a full disk."""
    if not databases.is_free(server, site.parameters["dbname"]):
        raise BackupError(databases.RUNNING)
    theirs, ours = (
        version // 10000 for version in (archive.manifest["postgresql"], server.info.server_version)
    )
    if theirs > ours:
        raise BackupError(
            f"バックアップはPostgreSQL {theirs}のもので、ここの{ours}では読めません。{UNCHANGED}"
        )
    refuse_files(archive, site.places)


def refuse_files(archive: Archive, places: folders.Places) -> None:
    """Raise BackupError for files this site has no place for, and for a disk without room for more."""
    unknown = {name.split("/", 1)[0] for name in archive.files} - places.keys()
    if unknown:
        words = "、".join(sorted(unknown))
        raise BackupError(f"バックアップに、このKyosoにない種類のファイルがあります（{words}）。{UNCHANGED}")
    for place, root in places.items():
        folders.make_folder(root)
        mine = [(name, facts) for name, facts in archive.files.items() if name.startswith(f"{place}/")]
        missing = [facts["size"] for name, facts in mine if not folders.path_in(places, name).exists()]
        if not has_room(root, sum(missing)):
            raise BackupError(f"{root} の空きが足りません（{sum(missing):,}バイト必要です）。{UNCHANGED}")


def load(archive: Archive, parameters: dict[str, Any], told: Told) -> None:
    """Fill the empty database and compare it with what the manifest says, table by table."""
    with told.timed("database"):
        with psycopg.connect(**parameters) as database:
            folder = programs.folder_for(database.info.server_version // 10000)
        options = ["--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]
        options = [*options, f"--dbname={parameters['dbname']}"]
        programs.feed(folder / "pg_restore", options, parameters, lambda pipe: archive.copy(DUMP, pipe))
    with told.timed("hashes"), psycopg.connect(**parameters) as database:
        compare(archive, database, told)
    with told.timed("statistics"), psycopg.connect(**parameters, autocommit=True) as database:
        database.execute("ANALYZE")


def compare(archive: Archive, database: psycopg.Connection, told: Told) -> None:
    """Raise BackupError naming each table that is not as it was when the backup was made."""
    expected = archive.manifest["tables"]
    found = tables.fingerprints(database, without=frozenset(archive.manifest["not_kept"]))
    wrong = tables.differences(expected, found)
    known = archive.manifest["sequences_behind"]  # of tables that take their numbers from elsewhere
    wrong += [f"{name}の番号" for name in tables.sequences_behind(database) if name not in known]
    if wrong:
        raise BackupError(f"戻した内容がバックアップの控えと違います（{'、'.join(wrong)}）。{UNCHANGED}")
    told.tables, told.rows = len(found), sum(each["rows"] for each in found.values())


def bring_files(archive: Archive, places: folders.Places, added: list[Path]) -> None:
    """Add the missing files, read all of them back, and raise BackupError when one is not the archive's."""
    folders.put(archive, places, added)
    if wrong := folders.wrong(archive, places):
        raise BackupError(f"ファイルが正しく書けていません（{wrong[0]} など{len(wrong)}件）。{UNCHANGED}")
