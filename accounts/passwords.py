"""Password rules beyond length: words a guesser of this site would try first (ASVS 6.2.11)."""

from django.core.exceptions import ValidationError

WORDS = ("kyoso", "kyousou", "共創", "jichitai", "digital-agency")
# Labels of government domains that say nothing about one person or place.
KIND_LABELS = {"city", "town", "vill", "village", "pref", "metro", "mail"}


class ContextWordValidator:
    """Refuses passwords that contain the site's own name or the member's address or name."""

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError when `password` contains a context word of 4 or more letters."""
        folded = password.casefold()
        words = [*WORDS, *_words_of(user)]
        if any(word.casefold() in folded for word in words if len(word) >= 4 or not word.isascii()):
            raise ValidationError("サイト名やご自分のアドレス・氏名を含まないパスワードにしてください。")

    def get_help_text(self) -> str:
        """The rule as a sentence for forms."""
        return "サイト名やご自分のアドレス・氏名は使えません。"


def _words_of(user) -> list[str]:
    """The parts of a member's address and name, two letters or more."""
    if user is None:
        return []
    local_part, _, host = getattr(user, "email", "").partition("@")
    labels = [label for label in host.split(".") if label not in KIND_LABELS]
    names = getattr(user, "name", "").split()
    return [word for word in (local_part, *labels, *names) if len(word) >= 2]
