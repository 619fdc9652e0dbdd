"""`manage.py verify_audit`: is the audit log as it was written?"""

import sys

from django.core.management.base import BaseCommand

from accounts.actions.audit import Verdict, verify_and_note
from accounts.models import AuditAnchor, AuditEntry
from accounts.models.audit_anchors import newest_removal

HASH_DIGITS = 64


class Command(BaseCommand):
    """Verifies the chain, prints a sentence and the head to keep elsewhere; exit code 1 when it is broken."""

    help = "Verifies the hash chain of the audit log and prints its head, to be kept on another machine."

    def add_arguments(self, parser) -> None:
        """Heads that were kept elsewhere may be compared too."""
        text = "hashes printed earlier, kept elsewhere; each may follow the number printed before it"
        parser.add_argument("--kept", nargs="*", default=[], metavar="[COUNT] HASH", help=text)

    def handle(self, *args, **options) -> None:
        """Read everything once; the result also appears at the desk."""
        verdict, anchor = verify_and_note(), AuditAnchor.present()
        gone, lost = compared(options["kept"], anchor)
        self._tell(verdict, anchor, intact=verdict.is_intact and not lost)
        for kept in gone:
            self.stdout.write(
                f"この控えの記録は保存期間を過ぎて消したため、比べられません：{kept}。{younger()}"
            )
        for kept in lost:
            self.stdout.write(f"控えの印が記録にありません：{kept}。記録全体が作り直された疑いがあります。")
        if lost or not verdict.is_intact:
            sys.exit(1)

    def _tell(self, verdict: Verdict, anchor: AuditAnchor, *, intact: bool) -> None:
        here = verdict.count - anchor.count
        if not verdict.is_intact:
            self.stdout.write(
                f"監査の記録が途切れています：記録 {verdict.broken_id}。{verdict.reason}。"
                f"その前の{here}件は確かです。"
            )
        if intact:
            self.stdout.write(f"監査の記録{here}件に、書き換えも欠けもありません。")
            if anchor.count:
                self.stdout.write(f"これより前の{anchor.count}件は、保存期間を過ぎて消しました。")
            self.stdout.write(f"控え：{verdict.count} {verdict.chained or '-'}")


def younger() -> str:
    """What whoever kept a head has to judge: a log made anew can say that every kept head is gone."""
    until = newest_removal().get("until", "-")
    return f"消したのは{until}までの記録です。それより後の控えなら、記録全体が作り直された疑いがあります。"


def compared(kept: list[str], anchor: AuditAnchor) -> tuple[list[str], list[str]]:
    """The kept hashes of entries removed by age, which nobody can compare, and those that are missing."""
    gone, lost, count = [], [], None
    for word in kept:
        if word.isdecimal() and len(word) < HASH_DIGITS:
            count = int(word)
            continue
        if count is not None and count < anchor.count:
            gone.append(word)
        elif word != anchor.chained and not AuditEntry.objects.filter(chained=word).exists():
            lost.append(word)
        count = None
    return gone, lost
