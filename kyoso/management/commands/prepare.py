"""Bring the database to this version of the code."""

import time

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from channels_app.actions.regions import open_regional_channels

LOCK_TIMEOUT = "2s"
TRIES, PAUSE_SECONDS = 60, 1


def migrate_patiently() -> None:
    """Migrate while an older version may be serving.

    A migration that waits for a table makes everybody wait who comes after it, so it gives up after
    LOCK_TIMEOUT, lets them pass and tries again, TRIES times. Raises OperationalError after the last.
    """
    for left in reversed(range(TRIES)):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
        try:
            call_command("migrate", verbosity=0, interactive=False)
            break
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, LockNotAvailable):
                raise
        time.sleep(PAUSE_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


class Command(BaseCommand):
    """What has to happen once, before the servers of a new version start. May be repeated."""

    help = "Migrate the database, make the cache table, load the organisations, open the regional channels."

    def handle(self, *args: object, **options: object) -> None:
        """In this order: the organisations need their tables."""
        migrate_patiently()
        call_command("createcachetable", verbosity=0)
        call_command("load_organisations", verbosity=0)
        open_regional_channels()
