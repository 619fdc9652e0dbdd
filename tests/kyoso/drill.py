"""A restore drill: a site with something in every table, its figures, and the two commands."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings as site
from django.core.management import call_command
from django.db import connection, connections

from kyoso.backups import folders, tables
from kyoso.backups.archive import DUMP, Writer, written_whole
from kyoso.backups.reading import Archive
from kyoso.management import site_backups
from tests.site import PROJECT, site_settings

# What a restore changes on purpose (docs/backup.md), and what was never in the archive.
RENEWED = {"live_meta", "live_stream", "accounts_auditentry", "accounts_audithead"}
SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
EMPTIED = set(site_backups.NOT_KEPT)


def figures() -> dict[str, dict[str, Any]]:
    """Rows and hash of every table of the site, as committed."""
    with psycopg.connect(**site_backups.parameters()) as database:
        return tables.fingerprints(database)


def empty_tables() -> set[str]:
    """The tables without a row."""
    return {name for name, found in figures().items() if not found["rows"]}


def differing(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """The tables that are not the same."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def sums() -> dict[str, str]:
    """The SHA-256 of every content file, by name."""
    places = site_backups.this_site().places
    return {name: sha256(path.read_bytes()).hexdigest() for name, path in folders.found_in(places)}


def back_up(to: Path) -> str:
    """`manage.py backup --to`; gives what it said."""
    return called("backup", to=to)


def bring_back(archive: Path, *, yes: bool = False) -> str:
    """`manage.py restore`; gives what it said."""
    return called("restore", str(archive), yes=yes)


def called(name: str, *words: str, **options: Any) -> str:
    """Run a command in this process, which keeps its own ways with signals; gives what it said."""
    said, before = io.StringIO(), {number: signal.getsignal(number) for number in SIGNALS}
    try:
        call_command(name, *words, stdout=said, **options)
    finally:
        for number, how in before.items():
            signal.signal(number, how)
    return said.getvalue()


def surroundings() -> dict[str, str]:
    """The environment of a command on the same database and files."""
    settings = site_settings(["http://127.0.0.1:8000"])
    return settings | {"KYOSO_VAR": str(site.VAR_DIR), "FILES_DIR": str(site.FILES_DIR)}


def ended(*words: str) -> subprocess.CompletedProcess:
    """Run manage.py as a process of its own on the same database, and wait for its end."""
    connections.close_all()
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=PROJECT,
        env=os.environ | surroundings(),
        capture_output=True,
        text=True,
    )


def command(*words: str) -> str:
    """What a command said that has succeeded."""
    done = ended(*words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def forge(
    archive: Path,
    forged: Path,
    add: Callable[[Writer], None] = lambda writer: None,
    dump: bytes | None = None,
    **said: Any,
) -> None:
    """Write a sealed archive like another one, with something more, another dump or another manifest."""
    original = Archive(archive)
    with written_whole(forged) as file:
        writer = Writer(file)
        for name in original.places:
            whole = dump if dump and name == DUMP else content(original, name)
            writer.add(name, io.BytesIO(whole), len(whole))
        add(writer)
        writer.finish({key: value for key, value in original.manifest.items() if key != "files"} | said)


def content(archive: Archive, name: str) -> bytes:
    """One file of an archive."""
    found = io.BytesIO()
    archive.copy(name, found)
    return found.getvalue()


def wipe() -> None:
    """Lose everything: every row of every table but the migrations, and all files."""
    kept = "django_migrations"
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in figures() if name != kept)
        cursor.execute("SET kyoso.emptying = 'on'")  # else the audit log refuses
        cursor.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    folders.take_back([path for _, path in folders.found_in(site_backups.this_site().places)])


def tables_of(database: str) -> int:
    """How many tables another database has; 0 when it is not there."""
    try:
        with psycopg.connect(**site_backups.parameters() | {"dbname": database}) as other:
            return len(tables.names(other))
    except psycopg.OperationalError:
        return 0


def databases() -> set[str]:
    """The databases of this test run, by what follows their name."""
    name, elsewhere = connection.settings_dict["NAME"], {"dbname": "postgres"}
    with psycopg.connect(**site_backups.parameters() | elsewhere) as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name])
        return {found.removeprefix(name) for (found,) in rows}
