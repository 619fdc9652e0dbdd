"""Kana, width and the spellings of one reading."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kyoso.lib.japanese import nfkc, romaji, romaji_key, to_half_width, to_hiragana


@pytest.mark.parametrize(
    ("kana", "spelled"),
    [
        ("とうきょう", "toukyou"),
        ("キタキュウシュウ", "kitakyuushuu"),
        ("ｻｯﾎﾟﾛ", "sapporo"),
        ("はっちょう", "hatchou"),
        ("ふっつ", "futtsu"),
        ("じょうえつ", "jouetsu"),
        ("みなみアルプス", "minamiarupusu"),
        ("あいづ", "aizu"),
        ("ニセコ", "niseko"),
        ("コーヒー", "koohii"),
        ("ティー", "tii"),
        ("ファクス", "fakusu"),
        ("", ""),
        ("漢字と-", "to"),
    ],
)
def test_romaji_is_hepburn_with_long_vowels_written_out(kana, spelled):
    assert romaji(kana) == spelled


@pytest.mark.parametrize(
    "same",
    [
        ("shi", "si", "SHI"),
        ("chiba", "tiba"),
        ("matsu", "matu"),
        ("fuchu", "huchuu", "fuchuu", "hutyu"),
        ("jo", "zyo", "jou", "joo", "joh", "jyo"),
        ("aizu", "aidu", "aidzu"),
        ("namba", "nanba"),
        ("sammu", "sanmu"),
        ("hatcho", "haccho", "hattyo"),
        ("tohnosho", "tonosho", "tounosyou"),
        ("niigata", "nigata"),
        ("aichi-mihama", "aichimihama"),
        ("minoh", "mino", "minoo"),
        ("izumo", "idumo"),
    ],
)
def test_romaji_key_is_one_for_the_usual_spellings(same):
    assert len({romaji_key(text) for text in same}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("mihama", "mihara"), ("fuchu", "fuchu2"), ("saga", "saka"), ("oda", "ota"), ("kani", "kanni")],
)
def test_romaji_key_keeps_other_readings_apart(one, other):
    assert romaji_key(one) != romaji_key(other)


def test_romaji_key_cannot_tell_long_from_short_vowels():
    assert romaji_key(romaji("こうなん")) == romaji_key(romaji("こなん")) == "konan"


def test_half_width_folds_width_and_ideographic_stops_only():
    assert to_half_width("ｔａｒｏ＠ｃｉｔｙ。ｘ｡ｌｇ．ｊｐ") == "taro@city.x.lg.jp"
    assert to_half_width("\u212aſ①") == "\u212aſ①"
    assert nfkc("\u212aſ①") == "Ks1"


def test_hiragana_leaves_everything_but_katakana():
    assert to_hiragana("カタカナ・ヶーabc漢字") == "かたかな・ゖーabc漢字"


@settings(deadline=None)
@given(st.text())
def test_spelling_functions_accept_any_text(text):
    assert romaji(text).isascii()
    assert romaji_key(romaji(text)).isascii()
    assert to_hiragana(to_hiragana(text)) == to_hiragana(text)
    assert to_half_width(to_half_width(text)) == to_half_width(text)
