"""The yearly update of the organisations from a CSV file, for the operator."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.actions.organisation_uploads import Kind, Outcome, apply_file, rehearse
from accounts.master.uploads import LARGEST, Unreadable, text_of


class Command(BaseCommand):
    """`manage.py update_organisations FILE`: says what would change; with --apply it does it, or nothing."""

    help = "Rename, merge, abolish and set up organisations by a CSV file (docs/organisations.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, and what to do with it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--apply", action="store_true", help="change the database; without it, only say")
        parser.add_argument("--population", action="store_true", help="the file holds code and population")

    def handle(self, *args, file: Path, apply: bool, population: bool, **options) -> None:
        """Read, rehearse or carry out, and say line by line what happens."""
        kind = Kind.POPULATION if population else Kind.MASTER
        text = read(file)
        outcome = apply_file(kind, text) if apply else rehearse(None, kind, text)
        self.tell(outcome)
        if outcome.errors:
            raise CommandError(f"{len(outcome.errors)} lines cannot be carried out; nothing was changed.")
        done = "changed" if apply else "would change (add --apply)"
        self.stdout.write(f"{len(outcome.changes)} {done}, {outcome.unchanged} unchanged")

    def tell(self, outcome: Outcome) -> None:
        """One line for each change and each error."""
        for line in outcome.changes:
            self.stdout.write(f"{line.number}: {line.sentence}")
        for line in outcome.errors:
            self.stderr.write(f"{line.number}: {line.sentence}")


def read(file: Path) -> str:
    """The text of the file; raises CommandError when there is none."""
    try:
        with file.open("rb") as opened:
            return text_of(opened.read(LARGEST + 1))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    except Unreadable as error:
        raise CommandError(f"{file}: {error}") from error
