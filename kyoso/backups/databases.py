"""Whole databases: one beside the site's, filled and looked at, then exchanged with it by one transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors, sql

from kyoso.backups import BackupError

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'
"""
KIND = """
SELECT pg_encoding_to_char(encoding), datlocprovider::text, datcollate, datctype, datlocale
FROM pg_database WHERE datname = %s
"""
KIND_BEFORE_17 = KIND.replace("datlocale", "daticulocale")
PROVIDERS = {"b": "builtin", "i": "icu", "c": "libc"}
LEAVE_SECONDS = 5  # what ALTER DATABASE … RENAME waits as well
LONGEST_NAME = 63  # bytes of a name in PostgreSQL
RUNNING = "サイトが動いています。すべてのサーバーを止めてから、もう一度実行してください。何も変えていません。"


@contextmanager
def ruled(parameters: dict[str, Any]) -> Iterator[psycopg.Connection]:
    """A connection beside the site's database, for making, exchanging and dropping databases.

    Raises BackupError while another restore of the same database runs.
    """
    with psycopg.connect(**parameters | {"dbname": "postgres"}, autocommit=True) as server:
        asked = server.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [parameters["dbname"]])
        if asked.fetchone() != (True,):
            raise BackupError("ほかの復元が進んでいます。何も変えていません。")
        yield server


def is_free(server: psycopg.Connection, name: str) -> bool:
    """Whether nobody is connected to a database, within the time that a closed connection takes to go."""
    end = time.monotonic() + LEAVE_SECONDS
    while server.execute(OTHERS, [name]).fetchone() != (0,):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def named(name: str, ending: str) -> str:
    """The name of a database beside another one."""
    return name.encode()[: LONGEST_NAME - len(ending)].decode(errors="ignore") + ending


def create(server: psycopg.Connection, name: str, like: str) -> None:
    """Make an empty database that sorts and encodes like another; what a killed restore left goes first."""
    query = KIND if server.info.server_version >= 170000 else KIND_BEFORE_17
    encoding, provider, collate, ctype, locale = server.execute(query, [like]).fetchone()  # type: ignore[misc]
    drop(server, name)
    options = {"encoding": encoding, "locale_provider": PROVIDERS[provider]}
    options |= {"lc_collate": collate, "lc_ctype": ctype}
    options |= {f"{PROVIDERS[provider]}_locale": locale} if provider != "c" else {}
    listed = sql.SQL(" ").join(
        sql.SQL("{} = {}").format(sql.SQL(key), sql.Literal(value))  # type: ignore[arg-type]
        for key, value in options.items()
    )
    try:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE = template0 {}").format(sql.Identifier(name), listed)
        )
    except errors.InsufficientPrivilege as error:
        words = "データベースの利用者に、データベースを作る権限（CREATEDB）がありません。何も変えていません。"
        raise BackupError(words) from error


def drop(server: psycopg.Connection, name: str) -> None:
    """Drop a database of ours if it is there, with whoever is connected."""
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def exchange(server: psycopg.Connection, present: str, new: str, old: str) -> None:
    """Give `new` the name of `present`, and `present` the name `old`: both at once, or neither.

    Raises BackupError when somebody is connected to one of them.
    """
    renaming = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    drop(server, old)
    try:
        with server.transaction():
            server.execute(renaming.format(sql.Identifier(present), sql.Identifier(old)))
            server.execute(renaming.format(sql.Identifier(new), sql.Identifier(present)))
    except errors.ObjectInUse as error:
        raise BackupError(RUNNING) from error
