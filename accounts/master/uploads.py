"""Reading a CSV file that somebody uploads: how it is encoded, which columns it has, where it is wrong."""

import csv
import io
from dataclasses import dataclass

LARGEST = 5 * 1024 * 1024  # bytes
MOST_ROWS = 5_000


class Unreadable(ValueError):
    """The file as a whole cannot be read; the message is a plain Japanese sentence."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the number of its line in the file, and its cells by column, stripped of white space."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def text_of(content: bytes) -> str:
    """The text of a file in UTF-8 (with or without BOM) or CP932, as Excel on Japanese Windows writes it.

    Raises Unreadable when it is larger than LARGEST, in another encoding, or no text.
    """
    if len(content) > LARGEST:
        raise Unreadable("ファイルが大きすぎます。5MBまでです。")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Unreadable("文字コードを読み取れません。UTF-8かシフトJISのCSVで保存してください。")


def rows_of(text: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[Row]:
    """The rows of a CSV text with a header line; empty lines are left out.

    Raises Unreadable for a missing, unknown or doubled column, a row with too many cells, no rows, or more
    than MOST_ROWS.
    """
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(lines, [])]
        refuse_header(header, required, optional)
        rows = [row_of(header, cells, lines.line_num) for cells in lines if any(map(str.strip, cells))]
    except csv.Error as error:
        raise Unreadable(f"{lines.line_num}行目を読み取れません。引用符の対応を確かめてください。") from error
    if not rows:
        raise Unreadable("見出しの下に行がありません。")
    if len(rows) > MOST_ROWS:
        raise Unreadable(f"行が多すぎます。{MOST_ROWS:,}行までです。")
    return rows


def refuse_header(header: list[str], required: tuple[str, ...], optional: tuple[str, ...]) -> None:
    """Raises Unreadable unless the header holds the required columns, each once, and no unknown one."""
    missing = [column for column in required if column not in header]
    if missing:
        raise Unreadable(f"1行目に列の名前（{'、'.join(required)}）が必要です。ない列：{'、'.join(missing)}")
    unknown = [column for column in header if column not in (*required, *optional)]
    if unknown:
        raise Unreadable(
            f"知らない列があります：{'、'.join(column[:30] or '（空）' for column in unknown[:5])}"
        )
    if len(set(header)) < len(header):
        raise Unreadable("同じ名前の列が2つあります。")


def row_of(header: list[str], cells: list[str], line: int) -> Row:
    """The row of a line; missing cells at its end are empty."""
    if len(cells) > len(header):
        raise Unreadable(f"{line}行目の列が、見出しより多くあります。")
    return Row(line, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
