"""What a database holds, as figures that two databases can be compared by; the database computes them."""

import re
from typing import Any

import psycopg
from psycopg import sql

# One spelling of every value, whatever the server or the connection is set to.
SPELLING = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "public",
}
TABLES = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1
"""
# A sum does not depend on the order of the rows, and unlike an exclusive or sees a row that is there twice.
FINGERPRINT = """
SELECT count(*), coalesce(sum(('x' || left(row_digest, 16))::bit(64)::bigint::numeric), 0)::text
    || ':' || coalesce(sum(('x' || right(row_digest, 16))::bit(64)::bigint::numeric), 0)::text
FROM (SELECT encode(sha256(convert_to(found::text, 'UTF8')), 'hex') AS row_digest FROM {} AS found) AS digests
"""
# Every column that a sequence fills: (table, column, sequence).
SERIALS = """
SELECT rel.relname, col.attname, seq.relname
FROM pg_depend dep
JOIN pg_class seq ON seq.oid = dep.objid AND seq.relkind = 'S' AND seq.relnamespace = 'public'::regnamespace
JOIN pg_class rel ON rel.oid = dep.refobjid
JOIN pg_attribute col ON col.attrelid = rel.oid AND col.attnum = dep.refobjsubid
WHERE dep.classid = 'pg_class'::regclass AND dep.deptype IN ('a', 'i') ORDER BY 1, 2
"""
BEHIND = """
SELECT coalesce((SELECT max({column}) FROM {table}), 0)
    > (SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END FROM {sequence})
"""


def spell_alike(database: psycopg.Connection) -> None:
    """Set how values are written as text, for the present transaction."""
    for name, value in SPELLING.items():
        database.execute("SELECT set_config(%s, %s, true)", [name, value])


def names(database: psycopg.Connection) -> list[str]:
    """All tables of the site."""
    return [name for (name,) in database.execute(TABLES)]


def fingerprint(database: psycopg.Connection, table: str) -> dict[str, Any]:
    """How many rows a table has and a hash of them all that does not depend on their order."""
    query = sql.SQL(FINGERPRINT).format(sql.Identifier(table))  # type: ignore[arg-type]
    rows, digest = database.execute(query).fetchone()  # type: ignore[misc]
    return {"rows": rows, "hash": digest}


def fingerprints(database: psycopg.Connection, without: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The figures of every table except `without`, in the connection's present transaction."""
    spell_alike(database)
    return {table: fingerprint(database, table) for table in names(database) if table not in without}


def migrations(database: psycopg.Connection) -> list[list[str]]:
    """Every migration that was applied, as [app, name], in order; [] where none ever was."""
    if "django_migrations" not in names(database):
        return []
    rows = database.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return [[app, name] for app, name in rows]


def sequences_behind(database: psycopg.Connection) -> list[str]:
    """Sequences that would give out a number which is taken; [] when all are right."""
    wrong = []
    for table, column, sequence in database.execute(SERIALS).fetchall():
        places = {"table": table, "column": column, "sequence": sequence}
        query = sql.SQL(BEHIND).format(**{key: sql.Identifier(name) for key, name in places.items()})  # type: ignore[arg-type]
        (behind,) = database.execute(query).fetchone()  # type: ignore[misc]
        wrong += [sequence] if behind else []
    return wrong


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """One line for each table that is not as expected; [] when all are equal."""
    lines = []
    for table in sorted(expected.keys() | found.keys()):
        before, after = expected.get(table), found.get(table)
        if before != after:
            lines.append(f"{table}：{said(before)}のはずが{said(after)}")
    return lines


def said(figures: dict[str, Any] | None) -> str:
    """The figures of a table in words."""
    return f"{figures['rows']}行（{re.sub(r'[^0-9]', '', figures['hash'])[:12]}）" if figures else "なし"
