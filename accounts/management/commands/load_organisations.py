"""Load the committed organisation master into the database."""

from django.core.management.base import BaseCommand

from accounts.actions.organisations import load_master


class Command(BaseCommand):
    """`manage.py load_organisations`: safe to run at every start; a second run writes nothing."""

    help = "Create or update the organisations and agencies of accounts/master."

    def handle(self, *args, **options) -> None:
        """Load and say what was written."""
        loaded = load_master()
        if options["verbosity"]:
            self.stdout.write(
                f"organisations: {loaded.created} created, {loaded.updated} updated; "
                f"agency domains: {loaded.domains} created"
            )
