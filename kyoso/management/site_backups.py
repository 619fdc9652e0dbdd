"""What a backup of this site holds, and what becomes of a restored database before it is the site's."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts import pictures
from accounts.actions import audit
from accounts.models import Member
from channels_app.live import history, log
from channels_app.models import Post
from kyoso.backups import BackupError
from kyoso.backups.making import Site, mark_of
from kyoso.backups.programs import PARAMETERS
from kyoso.backups.reading import Archive

# Why each stays behind: docs/backup.md.
NOT_KEPT = frozenset({"django_session", "usersessions_usersession", "kyoso_cache", "live_event"})


def tidy_up_when_stopped() -> None:
    """Make SIGTERM, SIGHUP and Ctrl-C end the process by an exception, with the status a shell gives them."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda received, frame: sys.exit(128 + received))


def this_site() -> Site:
    """This site, as a backup sees it."""
    return Site(
        parameters=parameters(),
        places={"attachments": settings.FILES_DIR, "pictures": pictures.folder()},
        not_kept=NOT_KEPT,
        build=settings.BUILD,
        secret_mark=mark_of(settings.SECRET_KEY),
    )


def parameters() -> dict[str, Any]:
    """How psycopg reaches the database, without what only Django means."""
    given = connection.get_connection_params()
    return {key: given[key] for key in PARAMETERS if given.get(key)}


def what_would_go() -> str:
    """What a restore would replace, in words; "" on a site without members."""
    if Member._meta.db_table not in connection.introspection.table_names() or not Member.objects.exists():
        return ""
    newest = Post.objects.order_by("-posted_at").values_list("posted_at", flat=True).first()
    until = f"（最後の投稿は{in_words(newest)}）" if newest else ""
    return f"会員{Member.objects.count():,}名、投稿{Post.objects.count():,}件{until}"


def in_words(moment: datetime) -> str:
    """A moment in Japanese time."""
    return f"{timezone.localtime(moment):%Y年%-m月%-d日 %H:%M}"


def refuse_newer(archive: Archive) -> None:
    """Raise BackupError when the archive's tables were made by migrations that this code does not know."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    unknown = [
        name for app, name in archive.manifest["migrations"] if (app, name) not in loader.disk_migrations
    ]
    if unknown:
        raise BackupError(
            f"このバックアップは新しいKyosoのものです（{unknown[-1]}）。Kyosoを新しくしてから戻してください。"
            "何も変えていません。"
        )


@contextmanager
def django_on(name: str) -> Iterator[None]:
    """Let Django work on another database of the same server; at the end on none, so that both are free."""
    let_go()
    before, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], name
    try:
        yield
    finally:
        let_go()
        connection.settings_dict["NAME"] = before


def let_go() -> None:
    """Close the connection and, where there is one, the pool."""
    held: Any = connections["default"]
    held.close()
    held.close_pool()


def begin_anew(archive: Archive) -> audit.Verdict:
    """Make a restored database the beginning of a new history; gives what the audit log's chain says.

    Side effects in order: migrations that came since are run; no session is left; the event log is emptied
    and gets a new epoch, so that every browser starts over; the restore is written into the audit log.
    """
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    with transaction.atomic():
        log.begin_history()
        made_at = in_words(datetime.fromisoformat(archive.manifest["made_at"]))
        audit.record(None, "site.restored", made_at=made_at, build=archive.manifest["build"])
    history.verify_timeline()
    return audit.verify()
