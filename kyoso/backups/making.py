"""Making a backup of a site that keeps running."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg

from kyoso.backups import BackupError, folders, programs, tables
from kyoso.backups.archive import DUMP, FORMAT, Writer, written_whole

# Somebody changes a table for that long: a migration is running, and this is no moment for a backup.
PATIENCE = "60s"


@dataclass(frozen=True)
class Site:
    """What a backup is made of: psycopg's parameters, the folders by name, and what is left out."""

    parameters: dict[str, Any]
    places: folders.Places
    not_kept: frozenset[str]  # tables whose rows stay behind
    build: str
    secret_mark: str  # tells whether another site has the same SECRET_KEY, and nothing about it


@dataclass
class Told:
    """What was done, for the person at the keyboard: seconds of each step, counts and bytes."""

    seconds: dict[str, float] = field(default_factory=dict)
    tables: int = 0
    rows: int = 0
    files: int = 0
    size: int = 0

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Add the time that something takes to the seconds of its step."""
        begun = time.monotonic()
        yield
        self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - begun


def make_backup(site: Site, path: Path) -> Told:
    """Write the archive of a site to `path`, which must not exist. The site may run meanwhile.

    The files are read first; then one snapshot of the database is opened, the files that came meanwhile are
    added, and the rows are dumped and summed up in that same snapshot. A row's files were written before the
    row was, so every row of the archive has its files. Raises BackupError; then nothing is left behind.
    """
    told = Told()
    try:
        with written_whole(path) as file:
            writer = Writer(file)
            with told.timed("files"):
                folders.add_new(writer, site.places)
            manifest = with_database(site, writer, path.parent, told)
            writer.finish(manifest)
            told.size = writer.sealed.size
    except FileExistsError as error:
        raise BackupError(f"{path} はもうあります。ほかの名前にしてください。") from error
    except OSError as error:
        raise BackupError(
            f"{path} に書けません（{error.strerror or error}）。何も残していません。"
        ) from error
    except psycopg.Error as error:
        raise BackupError(
            f"データベースを読めません（{str(error).strip()}）。何も残していません。"
        ) from error
    told.files = len(writer.listed) - 1
    return told


def with_database(site: Site, writer: Writer, folder: Path, told: Told) -> dict[str, Any]:
    """Add the files that came meanwhile and the dump; gives the manifest of the same snapshot."""
    with psycopg.connect(**site.parameters) as database:
        client = programs.folder_for(database.info.server_version // 10000)
        database.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        database.read_only = True
        (snapshot,) = database.execute("SELECT pg_export_snapshot()").fetchone()  # type: ignore[misc]
        moment = datetime.now(UTC)
        with told.timed("files"):
            folders.add_new(writer, site.places)
        with told.timed("database"):
            add_dump(site, writer, folder, client / "pg_dump", snapshot)
        with told.timed("hashes"):
            figures = tables.fingerprints(database, without=site.not_kept)
        told.tables, told.rows = len(figures), sum(each["rows"] for each in figures.values())
        return {
            "format": FORMAT,
            "made_at": moment.isoformat(timespec="seconds"),
            "build": site.build,
            "postgresql": database.info.server_version,
            "secret_mark": site.secret_mark,
            "migrations": tables.migrations(database),
            "tables": figures,
            "sequences_behind": tables.sequences_behind(database),
            "not_kept": sorted(site.not_kept),
        }


def add_dump(site: Site, writer: Writer, folder: Path, program: Path, snapshot: str) -> None:
    """Dump one snapshot into a file without a name beside the archive, then into the archive."""
    left_out = [f"--exclude-table-data=public.{table}" for table in sorted(site.not_kept)]
    options = ["--format=custom", "--no-owner", "--no-privileges", f"--lock-wait-timeout={PATIENCE}"]
    with tempfile.TemporaryFile(dir=folder) as dump:
        programs.run(program, [*options, *left_out, f"--snapshot={snapshot}"], site.parameters, dump)
        add_whole(writer, dump)


def add_whole(writer: Writer, dump: IO[bytes]) -> None:
    """Add the dump from its beginning."""
    size = os.fstat(dump.fileno()).st_size
    dump.seek(0)
    writer.add(DUMP, dump, size)


def mark_of(secret: str) -> str:
    """A mark by which two sites can tell that they have the same secret; the secret cannot be had from it."""
    return hashlib.sha256(b"kyoso-backup-secret-mark\0" + secret.encode()).hexdigest()[:16]
