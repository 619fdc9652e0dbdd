"""`manage.py verify_audit`: is the audit log as it was written?"""

import sys

from django.core.management.base import BaseCommand

from accounts.actions.audit import verify_and_note
from accounts.models import AuditEntry


class Command(BaseCommand):
    """Verifies the chain, prints a sentence and the head to keep elsewhere; exit code 1 when it is broken."""

    help = "Verifies the hash chain of the audit log and prints its head, to be kept on another machine."

    def add_arguments(self, parser) -> None:
        """Heads that were kept elsewhere may be compared too."""
        parser.add_argument("--kept", nargs="*", default=[], help="hashes printed earlier, kept elsewhere")

    def handle(self, *args, **options) -> None:
        """Read everything once; the result also appears at the desk."""
        verdict = verify_and_note()
        lost = [kept for kept in options["kept"] if not AuditEntry.objects.filter(chained=kept).exists()]
        if verdict.is_intact and not lost:
            self.stdout.write(f"監査の記録{verdict.count}件に、書き換えも欠けもありません。")
            self.stdout.write(f"控え：{verdict.count} {verdict.chained or '-'}")
            return
        if not verdict.is_intact:
            self.stdout.write(
                f"監査の記録が途切れています：記録 {verdict.broken_id}。{verdict.reason}。"
                f"その前の{verdict.count}件は確かです。"
            )
        for kept in lost:
            self.stdout.write(f"控えの印が記録にありません：{kept}。記録全体が作り直された疑いがあります。")
        sys.exit(1)
