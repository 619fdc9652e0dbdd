"""How a local body's name may be spelled in a government host: `city.<label>.lg.jp` and its kin."""

from collections.abc import Iterator
from typing import Protocol

from kyoso.lib.japanese import romaji, romaji_key

TOKYO = "13"
# The label in front of the name, for each kind of body (JPRS: METRO PREF CITY TOWN VILL).
KIND_LABELS = {
    "designated_city": "city",
    "special_ward": "city",
    "city": "city",
    "town": "town",
    "village": "vill",
}
SUFFIXES = {
    "prefecture": ("けん", "ふ", "と"),
    "designated_city": ("し",),
    "special_ward": ("く",),
    "city": ("し",),
    "town": ("ちょう", "まち"),
    "village": ("むら", "そん"),
}
# 南アルプス市 and 御蔵島村 do not spell their names by their readings; so they stand in the registry.
OWN_SPELLINGS = {"192082": ("minami-alps",), "133825": ("mikurasima",)}


class Body(Protocol):
    """What is needed to know about an organisation; rows of the master and of the model both have it."""

    @property
    def slug(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def kana(self) -> str: ...

    @property
    def gun_kana(self) -> str: ...

    @property
    def prefecture_code(self) -> str: ...


def kind_label(body: Body) -> str:
    """The label its hosts begin with; "" for bodies without one (agencies, unions, enterprises)."""
    if body.kind == "prefecture":
        return "metro" if body.prefecture_code == TOKYO else "pref"
    return KIND_LABELS.get(body.kind, "")


def stem(body: Body) -> str:
    """The reading without 市 区 町 村 県 府 都; 北海道 keeps its 道, as its hosts do."""
    for suffix in SUFFIXES.get(body.kind, ()):
        if body.kana.endswith(suffix):
            return body.kana.removesuffix(suffix)
    return body.kana


def spellings(kana: str) -> Iterator[str]:
    """Latin spellings of a reading; the key folds most variants, but おお before a vowel may be `oh`."""
    plain = romaji(kana)
    yield plain
    if "oo" in plain or "ou" in plain:
        yield plain.replace("oo", "oh").replace("ou", "oh")


def keys_in_prefecture(body: Body) -> set[str]:
    """Keys of the labels that name a body where its prefecture is already said: mihama, morimachi."""
    readings = (stem(body), body.kana, body.gun_kana.removesuffix("ぐん") + stem(body))
    keys = {romaji_key(text) for reading in readings for text in spellings(reading)}
    return keys | {romaji_key(text) for text in OWN_SPELLINGS.get(body.slug, ())}


def keys_in_country(body: Body, prefecture: str) -> set[str]:
    """Keys of the labels that name a body under lg.jp: those, and aichi-mihama.

    `prefecture` is the reading of its prefecture's stem (あいち), "" when unknown.
    """
    qualified = {romaji_key(text) for text in spellings(prefecture + stem(body))} if prefecture else set()
    return keys_in_prefecture(body) | qualified
