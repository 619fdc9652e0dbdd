"""WHO: organisations, members and how they are admitted."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The lowest app: knows nothing of channels."""

    name = "accounts"
    verbose_name = "会員"

    def ready(self):
        """Let the log-in pages report to the audit log; Django's place for it, the models are loaded."""
        from accounts import audit_factors, audit_receivers  # noqa: F401, PLC0415
