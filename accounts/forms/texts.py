"""Cleaning of what people type about themselves."""

import re
import unicodedata

from django.core.exceptions import ValidationError

from kyoso.lib.japanese import nfkc, to_hiragana

NAME_MARKS = set("・'’-‐ー.．＝= ")
KANA = re.compile(r"[ぁ-ゖゝゞー・ ]+")
KEPT_FORMATS = {"\u200c", "\u200d"}


def one_line(text: str) -> str:
    """The text on one line: white space (also full-width) becomes single spaces, invisible signs go."""
    return " ".join(visible(text).split())


def visible(text: str) -> str:
    """The text without control and direction signs (security T3); line breaks and name variants stay."""
    text = text.replace("\r\n", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or sign in KEPT_FORMATS or not is_hidden(sign))


def is_hidden(sign: str) -> bool:
    """Whether a character is a control or format sign (Unicode Cc, Cf)."""
    return unicodedata.category(sign) in {"Cc", "Cf"}


def clean_name(text: str) -> str:
    """A person's name, family name first, with one space between.

    Raises ValidationError for other signs than letters (variants of kanji included) and when no space tells
    the family name from the given one.
    """
    name = one_line(text)
    if not all(unicodedata.category(sign)[0] in "LM" or sign in NAME_MARKS for sign in name):
        raise ValidationError("氏名に使えない文字があります。記号や数字を除いてください。")
    if " " not in name:
        raise ValidationError("姓と名のあいだに空白を入れてください。例：佐々木 遥")
    return name


def clean_kana(text: str) -> str:
    """The reading of a name in hiragana; katakana of either width is folded.

    Raises ValidationError for anything else.
    """
    kana = one_line(to_hiragana(nfkc(text)))
    if not KANA.fullmatch(kana):
        raise ValidationError("ふりがなは、ひらがなで入力してください。例：ささき はるか")
    if " " not in kana:
        raise ValidationError("姓と名のあいだに空白を入れてください。例：ささき はるか")
    return kana
