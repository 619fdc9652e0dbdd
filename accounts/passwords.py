"""Password rules beyond the least length: the longest, and words a guesser of this site would try first.

ASVS 5.0: V6.2.1 (length), V6.2.4 and V6.2.12 (leaked ones), V6.2.9 (at least 64 characters are accepted),
V6.2.11 (context words). There is no rule about kinds of characters (V6.2.5).
"""

import re
import string

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.models import Organisation
from kyoso.lib.japanese import nfkc, romaji, to_hiragana

WORDS = ("kyoso", "kyousou", "共創", "jichitai", "digital-agency")
# Labels of government domains that say nothing about one person or place.
KIND_LABELS = {"city", "town", "vill", "village", "pref", "metro", "mail"}
PADDING = string.digits + string.punctuation + " "
REPEATED = re.compile(r"^(.+?)\1+$", re.DOTALL)
LAST_KIND = re.compile(r"(?<=..)(?:[都道府県市区町村]|広域連合|事務組合)$")
LAST_KIND_READ = re.compile(r"(?<=..)(?:けん|と|ふ|し|く|ちょう|まち|むら|そん)$")


class LongestPasswordValidator:
    """Refuses passwords of more than `longest` characters, which would only cost time to hash."""

    def __init__(self, longest: int = 128):
        self.longest = longest

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError when `password` is too long."""
        if len(password) > self.longest:
            raise ValidationError(f"パスワードは{self.longest}文字までにしてください。")

    def get_help_text(self) -> str:
        """The rule as a sentence for forms."""
        return f"{self.longest}文字まで使えます。"


class LeakedPasswordValidator(CommonPasswordValidator):
    """Refuses the 20,000 leaked passwords Django brings, also repeated or with digits and signs behind.

    Nearly all of them are shorter than 12 characters: without that they would come back as password2026.
    """

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError for a leaked password, or one that only lengthens one."""
        lowered = password.lower().strip()
        parts = {lowered, lowered.rstrip(PADDING), REPEATED.sub(r"\1", lowered)}
        if parts & self.passwords:
            raise ValidationError(
                "よく使われるパスワードか、それに似たものです。別の言葉を組み合わせてください。"
            )


class ContextWordValidator:
    """Refuses passwords that contain the site's name, or the member's address, name or organisation."""

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError when `password` contains a context word of 4 or more letters.

        Japanese words count from two characters. Width and katakana are folded, capitals ignored.
        """
        folded = _folded(password)
        words = [_folded(word) for word in (*WORDS, *_words_of(user))]
        if any(word in folded for word in words if len(word) >= (4 if word.isascii() else 2)):
            raise ValidationError(
                "サイト名やご自分のアドレス・氏名・団体名を含まないパスワードにしてください。"
            )

    def get_help_text(self) -> str:
        """The rule as a sentence for forms."""
        return "サイト名やご自分のアドレス・氏名・団体名は使えません。"


def _folded(text: str) -> str:
    return to_hiragana(nfkc(text)).casefold()


def _words_of(user) -> list[str]:
    """The parts of a member's address and name, and the names of the organisation."""
    if user is None:
        return []
    local_part, _, host = getattr(user, "email", "").partition("@")
    labels = [label for label in host.split(".") if label not in KIND_LABELS]
    names = getattr(user, "name", "").split()
    return [local_part, *labels, *names, *_names_of(_organisation_of(user))]


def _organisation_of(user) -> Organisation | None:
    """Where the member works, or the applicant wants to; an unsaved member without either has none."""
    given = vars(user).get("affiliation")
    affiliation = given or (user.affiliation if user.pk else None)
    return affiliation.organisation if affiliation and affiliation.organisation_id else None


def _names_of(organisation: Organisation | None) -> list[str]:
    """Kanji, kana and Latin spelling, with 県, 市, 町 … and without: 中土佐町, 中土佐, なかとさ, nakatosa."""
    if organisation is None:
        return []
    kana = [organisation.kana, LAST_KIND_READ.sub("", organisation.kana)]
    return [organisation.name, LAST_KIND.sub("", organisation.name), *kana, *map(romaji, kana)]
