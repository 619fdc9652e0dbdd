"""The rules for passwords, as Django's setting: least and greatest length, common and context words."""

from kyoso.lib import environment as env

SHORTEST, LONGEST = 12, 128  # ASVS 5.0 V6.2.1 asks for 8 and recommends 15; V6.2.9 for at least 64


def lengths() -> tuple[int, int]:
    """The least and the greatest number of characters: PASSWORD_SHORTEST, PASSWORD_LONGEST."""
    return env.number("PASSWORD_SHORTEST", SHORTEST, 12, 64), env.number(
        "PASSWORD_LONGEST", LONGEST, 64, 1024
    )


def validators(shortest: int, longest: int) -> list[dict]:
    """Django's AUTH_PASSWORD_VALIDATORS."""
    least = "django.contrib.auth.password_validation.MinimumLengthValidator"
    return [
        {"NAME": least, "OPTIONS": {"min_length": shortest}},
        {"NAME": "accounts.passwords.LongestPasswordValidator", "OPTIONS": {"longest": longest}},
        {"NAME": "accounts.passwords.LeakedPasswordValidator"},
        {"NAME": "accounts.passwords.ContextWordValidator"},
    ]
