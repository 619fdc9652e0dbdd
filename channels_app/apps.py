"""WHAT IS SAID AND SHARED: channels, posts, stamps and their live delivery."""

from django.apps import AppConfig


class ChannelsAppConfig(AppConfig):
    """Above accounts, below the secretariat."""

    name = "channels_app"
    verbose_name = "チャンネル"

    def ready(self):
        """Connect the receivers of accounts' signals."""
        from channels_app import receivers  # noqa: F401, PLC0415  (Django's place for it)
