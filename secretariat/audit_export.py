"""The audit log as a CSV file that a spreadsheet opens without running anything in it."""

import csv
import json
from collections.abc import Iterator

from django.utils.timezone import localtime

from accounts.models import AuditEntry
from secretariat.audit_rows import AuditRow, rows_of

BOM = "\ufeff"  # Excel takes a file without it for Shift_JIS
COLUMNS = ["番号", "日時", "会員番号", "した人", "できごと", "内容", "種類", "対象", "対象の番号"]
COLUMNS += ["詳細", "接続元", "前の印", "印"]
ROWS_AT_ONCE = 1000
# What a spreadsheet takes for a formula or a command at the beginning of a cell (OWASP: CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def lines_of(entries) -> Iterator[str]:
    """The CSV text of a queryset of entries, newest first, piece by piece, whatever its size."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield BOM + writer.writerow(COLUMNS)
    for piece in _pieces(entries):
        for row in rows_of(piece):
            yield writer.writerow([harmless(cell) for cell in _cells(row)])


def _pieces(entries) -> Iterator[list[AuditEntry]]:
    """By cursor instead of one long query, which would hold a connection while the browser saves the file."""
    older = entries.order_by("-id")
    piece = list(older[:ROWS_AT_ONCE])
    while piece:
        yield piece
        piece = list(older.filter(pk__lt=piece[-1].pk)[:ROWS_AT_ONCE])


def _cells(row: AuditRow) -> list[str]:
    entry = row.entry
    cells = [entry.pk, localtime(entry.at).isoformat(timespec="seconds"), entry.actor_id, row.actor]
    cells += [entry.deed, row.sentence, entry.noun, row.noun, entry.noun_id]
    cells += [
        json.dumps(entry.detail, ensure_ascii=False),
        entry.address,
        entry.chained_before,
        entry.chained,
    ]
    return ["" if cell is None else str(cell) for cell in cells]


def harmless(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
