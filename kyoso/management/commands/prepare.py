"""Bring the database to this version of the code."""

from django.core.management import call_command
from django.core.management.base import BaseCommand

from channels_app.actions.regions import open_regional_channels


class Command(BaseCommand):
    """What has to happen once, before the servers of a new version start. May be repeated."""

    help = "Migrate the database, make the cache table, load the organisations, open the regional channels."

    def handle(self, *args: object, **options: object) -> None:
        """In this order: the organisations need their tables."""
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        call_command("load_organisations", verbosity=0)
        open_regional_channels()
