"""WHO: organisations, members and how they are admitted."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The lowest app: knows nothing of channels."""

    name = "accounts"
    verbose_name = "会員"
