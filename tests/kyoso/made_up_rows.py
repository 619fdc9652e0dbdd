"""A made-up row for each table that has none: valid for the database, without meaning for the site."""

from django.db import IntegrityError, connection, transaction

# A value of each type; a row of another table is looked up by its foreign key.
VALUES = {
    "bigint": "1",
    "integer": "1",
    "smallint": "1",
    "character varying": "'x'",
    "text": "'改行\nと''引用符''と\\と😀'",
    "boolean": "true",
    "timestamp with time zone": "now()",
    "date": "current_date",
    "uuid": "gen_random_uuid()",
    "jsonb": """'{"鍵": [1, null]}'""",
    "inet": "'192.0.2.1'",
    "xid8": "pg_current_xact_id()",
    "double precision": "0.1",
    "numeric": "0.1",
    "bytea": r"'\x00ff'",
}
NEEDED = """
SELECT a.attname, format_type(a.atttypid, NULL), f.relname, fa.attname
FROM pg_attribute a
LEFT JOIN pg_constraint c ON c.conrelid = a.attrelid AND c.contype = 'f' AND c.conkey = ARRAY[a.attnum]
LEFT JOIN pg_class f ON f.oid = c.confrelid
LEFT JOIN pg_attribute fa ON fa.attrelid = c.confrelid AND fa.attnum = c.confkey[1]
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull
    AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = ''
ORDER BY a.attnum
"""


def fill(names: set[str]) -> set[str]:
    """Put a row into each of these tables, first into those that others point to; gives what stayed empty."""
    left = set(names)
    while done := {name for name in sorted(left) if put(name)}:
        left -= done
    return left


def put(table: str) -> bool:
    """Insert a row; False where a row that it points to is missing."""
    with connection.cursor() as cursor:
        cursor.execute(NEEDED, [table])
        columns = cursor.fetchall()
        values = [
            f'(SELECT "{column}" FROM "{other}" ORDER BY 1 LIMIT 1)' if other else VALUES[kind]  # noqa: S608 (names of the catalogue)
            for _, kind, other, column in columns
        ]
        listed = ", ".join(f'"{name}"' for name, *_ in columns)
        what = f"({listed}) VALUES ({', '.join(values)})" if columns else "DEFAULT VALUES"
        try:
            with transaction.atomic():
                cursor.execute(f'INSERT INTO "{table}" {what}')
        except IntegrityError:
            return False
        return True
