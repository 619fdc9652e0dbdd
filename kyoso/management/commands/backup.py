"""Make a backup of this site, which may be running."""

from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from accounts.actions import audit
from kyoso.backups import BackupError
from kyoso.backups.making import Told, make_backup
from kyoso.lib.deeds import Busy
from kyoso.management import site_backups

STEPS = {
    "files": "ファイル",
    "database": "データベース",
    "hashes": "確かめ",
    "statistics": "統計",
    "renewal": "更新",
}


class Command(BaseCommand):
    """One file with the database and all content files. What is in it: docs/backup.md."""

    help = "Write the database and all content files into one archive; the site may be running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read where to."""
        text = "the archive, or a folder for it; by default var/backups/"
        parser.add_argument(
            "--to", type=Path, default=settings.VAR_DIR / "backups", help=text, metavar="FILE"
        )

    def handle(self, *args: object, to: Path, **options: object) -> None:
        """Make it, record it, and say what was done."""
        site_backups.tidy_up_when_stopped()
        try:
            path = place_for(to)
            told = make_backup(site_backups.this_site(), path)
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"バックアップを {path} に書きました。")
        self.stdout.write(in_words(told))
        try:
            audit.record_alone(None, "site.backed_up", file=path.name, size=told.size)
        except (Busy, DatabaseError) as error:
            raise CommandError("バックアップはできましたが、監査の記録に書けませんでした。") from error


def place_for(to: Path) -> Path:
    """The archive's path: in a folder it is named by the moment. The default folder is made when missing.

    Raises BackupError when it cannot be made.
    """
    if to == settings.VAR_DIR / "backups":
        try:
            to.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise BackupError(f"{to} に書けません（{error.strerror}）。何も残していません。") from error
    if not to.is_dir():
        return to
    return to / f"kyoso-{timezone.localtime():%Y%m%d-%H%M%S}.tar"


def in_words(told: Told) -> str:
    """Counts, bytes and seconds."""
    steps = "、".join(f"{STEPS[step]}{seconds:.1f}秒" for step, seconds in told.seconds.items())
    content = f"表{told.tables}（{told.rows:,}行）、ファイル{told.files:,}件、全体で{told.size:,}バイト"
    return f"{content}。かかった時間：{steps}。"
