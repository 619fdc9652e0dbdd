"""The project package as an app without models: management commands and the server."""

from django.apps import AppConfig


class KyosoConfig(AppConfig):
    """Home of serve, run, backup and restore."""

    name = "kyoso"
