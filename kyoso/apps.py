"""The project package as an app: management commands, the server, and why jobs failed."""

from django.apps import AppConfig


class KyosoConfig(AppConfig):
    """Home of serve, run, backup and restore."""

    name = "kyoso"
