"""Latin letters as one types a Japanese reading."""

import re

import pytest

from kyoso.lib.japanese import kana_pattern


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("tana", "たなかりな"),
        ("tanak", "たなかりな"),
        ("TAN", "たなか"),
        ("tan", "たんば"),
        ("ito", "いとうだいすけ"),
        ("itou", "いとうだいすけ"),
        ("ono", "おおの"),
        ("oono", "おおの"),
        ("ohno", "おおの"),
        ("sinzyuku", "しんじゅく"),
        ("shinjuku", "しんじゅく"),
        ("hokkaido", "ほっかいどう"),
        ("jun'ichi", "じゅんいち"),
        ("mitchan", "みっちゃん"),
        ("tsuda", "つだ"),
        ("tuda", "つだ"),
        ("gumma", "ぐんま"),
        ("kyot", "きょうと"),
    ],
)
def test_latin_letters_find_a_reading(typed, reading):
    assert re.match(kana_pattern(typed), reading)


@pytest.mark.parametrize("typed", ["", "n", "x1", "kk", "窓口", "a.b", "(", "tanakq"])
def test_what_spells_nothing_gives_no_pattern(typed):
    assert kana_pattern(typed) in ("", "っ")


def test_another_reading_is_not_found():
    assert not re.match(kana_pattern("tanaka"), "なかた")
