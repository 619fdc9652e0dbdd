"""Bring back a backup."""

from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from accounts.actions import audit
from kyoso.backups import BackupError
from kyoso.backups.making import Told
from kyoso.backups.reading import Archive
from kyoso.backups.restoring import restore
from kyoso.management import site_backups
from kyoso.management.commands.backup import in_words

ANOTHER_KEY = (
    "このバックアップは、別のSECRET_KEYのサイトで作られました。会員の2つ目の認証（認証アプリ）を使うには、"
    "そのサイトのSECRET_KEYをここにも設定してください。"
)


class Command(BaseCommand):
    """Everything that is in the site now is replaced by the archive. The servers must be stopped."""

    help = "Replace the content of this site by that of a backup. Stop the servers before."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read which archive."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--yes", action="store_true", help="also replace a site that has members")

    def handle(self, *args: object, file: Path, yes: bool, **options: object) -> None:
        """Verify the archive, ask, restore, and say what was done."""
        site_backups.tidy_up_when_stopped()
        try:
            self.bring_back(file, yes)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except (psycopg.Error, DatabaseError) as error:
            raise CommandError(f"データベースを使えません（{str(error).strip()}）。") from error

    def bring_back(self, file: Path, yes: bool) -> None:
        """Do it, or raise BackupError with nothing changed."""
        told, site = Told(), site_backups.this_site()
        with told.timed("hashes"):
            archive = Archive(file)
        site_backups.refuse_newer(archive)
        moment = site_backups.in_words(datetime.fromisoformat(archive.manifest["made_at"]))
        self.stdout.write(f"{file} は{moment}のバックアップです。すべての内容を確かめました。")
        if archive.manifest["secret_mark"] != site.secret_mark:
            self.stdout.write(ANOTHER_KEY)
        refuse_unasked(yes, moment)
        verdicts: list[audit.Verdict] = []

        def renew(name: str) -> None:
            with site_backups.django_on(name):
                verdicts.append(site_backups.begin_anew(archive))

        site_backups.let_go()
        removed = restore(archive, site, told, renew)
        told.files, told.size = len(archive.files), archive.size
        self.tell(told, removed, verdicts[0])

    def tell(self, told: Told, removed: int, verdict: audit.Verdict) -> None:
        """Say what was done and what is left to do."""
        self.stdout.write(f"サイトを元に戻しました。{in_words(told)}")
        if removed:
            self.stdout.write(f"バックアップになかったファイル{removed:,}件を消しました。")
        if not verdict.is_intact:
            self.stdout.write(f"監査の記録が途切れています：記録 {verdict.broken_id}。{verdict.reason}。")
        self.stdout.write("全員がログインし直します。サーバーを始めてください。")


def refuse_unasked(yes: bool, moment: str) -> None:
    """Raise BackupError when members' content would be lost and nobody has said that it may be."""
    loss = site_backups.what_would_go()
    if loss and not yes:
        raise BackupError(
            f"このサイトには{loss}があります。復元すると、これが消えて{moment}の内容に置き換わります。"
            "それでよければ --yes を付けてください。何も変えていません。"
        )
