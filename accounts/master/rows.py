"""Rows of the organisation master and the two committed CSV files they live in."""

import csv
import io
import re
from dataclasses import astuple, dataclass, fields
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ORGANISATIONS_CSV = FOLDER / "organisations.csv"
AGENCIES_CSV = FOLDER / "agencies.csv"
READING = re.compile(r"[ぁ-ゖー・]+")


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """A local body as it stands in `organisations.csv`; the field names are those of the model."""

    code: str
    kind: str
    name: str
    kana: str
    gun: str = ""
    gun_kana: str = ""
    prefecture_code: str = ""
    population: int | None = None

    @property
    def slug(self) -> str:
        """The natural key of a local body: its code with the check digit."""
        return self.code


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """A national agency as it stands in `agencies.csv`; its mail domain is its natural key."""

    slug: str
    name: str
    kana: str


def check_digit(code: str) -> str:
    """The sixth digit of a five-digit 全国地方公共団体コード (総務省, modulus 11, weights 6 to 2)."""
    total = sum(int(digit) * weight for digit, weight in zip(code, (6, 5, 4, 3, 2), strict=True))
    return str((11 - total % 11) % 10)


def is_reading(text: str) -> bool:
    """Whether the text can be the reading of an organisation: hiragana without spaces."""
    return READING.fullmatch(text) is not None


def read_organisations(path: Path = ORGANISATIONS_CSV) -> list[OrganisationRow]:
    """The local bodies of the committed file, in the order of their codes."""
    return [
        OrganisationRow(**{**row, "population": int(row["population"]) if row["population"] else None})
        for row in read_csv(path)
    ]


def read_agencies(path: Path = AGENCIES_CSV) -> list[AgencyRow]:
    """The national agencies of the committed file, in the order of the government's own list."""
    return [AgencyRow(**row) for row in read_csv(path)]


def read_csv(path: Path) -> list[dict]:
    """The rows of a CSV file with a header line, as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def csv_text(rows: list[OrganisationRow]) -> str:
    """The exact text of `organisations.csv` for these rows (LF line ends, None as an empty cell)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(OrganisationRow))
    writer.writerows(astuple(row) for row in rows)
    return text.getvalue()
