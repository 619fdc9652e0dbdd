"""事務局, THE DESK: views over accounts and channels_app."""

from django.apps import AppConfig


class SecretariatConfig(AppConfig):
    """Above channels_app."""

    name = "secretariat"
    verbose_name = "事務局"
