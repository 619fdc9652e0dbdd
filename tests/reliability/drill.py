"""R12, the restore drill: a site with a row in every table is backed up, lost, and brought back.

Both ways are the operator's own commands as processes of their own; no server of the site runs. What is
compared is computed anew from the restored database and files, not read from what the commands say of
themselves. The control arm is an archive in which one row was changed by hand and which was sealed again: its
restore must be refused by the table's name, and change nothing.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.test.utils import override_settings
from django.urls import reverse

from accounts.actions import audit
from accounts.models import Member
from channels_app.actions.attachments import upload
from channels_app.live import log
from channels_app.models import Channel, Mention, Post
from kyoso.backups import making
from kyoso.backups.archive import DUMP
from kyoso.backups.reading import Archive
from kyoso.management import site_backups
from tests import documents, factories
from tests.channels_app.live.stage import act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.kyoso import drill, made_up_rows
from tests.people import PASSWORD, person
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage
from tests.site import test_database_url

NAME = "kyoso_drill"
ANCHOR = "accounts_auditanchor"  # a made-up row in it would be a forged audit log


@dataclass
class Known:
    """What the site was before it was lost."""

    tables: dict[str, Any]
    files: dict[str, str]
    epoch: str
    channel: Channel
    member: Member
    n: int


def measure(stage: Stage) -> Figure:
    """Back up, wipe, restore, compare, use; then the forged archive."""
    figure = Figure("R12", "A site is backed up, wiped and restored")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    folder = stage.scratch("drill")
    members = stage.members(stage.size(smoke=3, short=50, full=200))
    with own_site(folder):
        known = filled(members, stage.size(smoke=5, short=1_000, full=5_000))
        archive = folder / "kyoso.tar"
        rows = figure.rows
        rows.append(timed("backup", lambda: drill.command("backup", "--to", str(archive)), known, archive))
        rows.append(timed("wipe", drill.wipe, known, archive))
        figure.check("everything was lost", (Member.objects.count(), drill.sums()) == (0, {}))
        rows.append(timed("restore", lambda: drill.command("restore", str(archive)), known, archive))
        compare(figure, known)
        use(figure, stage, known)
        control(figure, folder)
    return figure


@contextmanager
def own_site(folder: Path) -> Iterator[None]:
    """A copy of the stage's database with files of its own, which may be lost; gone at the end."""
    connections.close_all()
    parameters = site_backups.parameters() | {"dbname": "postgres"}
    with psycopg.connect(**parameters, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME} TEMPLATE {connection.settings_dict['NAME']}")
        try:
            places = {"VAR_DIR": folder / "var", "FILES_DIR": folder / "var" / "media" / "attachments"}
            places["FILES_DIR"].mkdir(parents=True)
            with override_settings(**places, ALLOWED_HOSTS=["testserver"]), site_backups.django_on(NAME):
                yield
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def filled(members: list[Member], posts: int) -> Known:
    """Write posts and files, put a row into every table that has none, and look at everything."""
    writer = person("tanaka", email="drill@example.lg.jp")
    members = [writer, *members]
    channel = factories.channel("drill", *members)
    for i in range(posts):
        factories.post(members[i % len(members)], channel, f"{i}件目の投稿です。")
    for i in range(max(3, posts // 50)):
        upload(members[0], documents.pdf(f"\n{i}".encode()), f"資料{i}.pdf")
    last = factories.post(members[0], channel, files=[upload(members[0], documents.picture(), "図.png").key])
    Mention.objects.create(post=last, kind="ambassadors")
    audit.record_alone(None, "audit.exported", count=1)
    made_up_rows.fill(drill.empty_tables() - {ANCHOR})
    facts = {"epoch": log.epoch(), "channel": channel, "member": members[0], "n": last.n}
    return Known(drill.figures(), drill.sums(), **facts)


def timed(step: str, deed, known: Known, archive: Path) -> dict[str, Any]:
    """A row: how long one step took, on how much."""
    begun = time.monotonic()
    deed()
    seconds = round(time.monotonic() - begun, 1)
    return {
        "step": step,
        "seconds, from command to end": seconds,
        "tables": len(known.tables),
        "rows": sum(each["rows"] for each in known.tables.values()),
        "files": len(known.files),
        "archive, bytes": archive.stat().st_size,
    }


def compare(figure: Figure, known: Known) -> None:
    """Every table by count and hash, every file by SHA-256, and what a restore renews on purpose."""
    after, files = drill.figures(), drill.sums()
    other = drill.differing(known.tables, after) - drill.RENEWED - drill.EMPTIED
    wrong = {name for name in known.files.keys() | files.keys() if known.files.get(name) != files.get(name)}
    empty = [name for name, found in known.tables.items() if not found["rows"]]
    figure.check("rows and hash of every table are equal", not other, sorted(other) or len(after))
    figure.check("every file has its SHA-256", not wrong, sorted(wrong)[:5] or len(files))
    figure.check("only the table of removed audit entries was empty before", empty == [ANCHOR], empty)
    figure.check("no session, counter or event is left", not any(after[t]["rows"] for t in drill.EMPTIED))
    figure.check("the history has a new epoch", log.epoch() != known.epoch)
    figure.check("the audit log's chain is whole", audit.verify().is_intact)
    figure.targets.append(
        Target("rows and files that differ", "0", str(len(other) + len(wrong)), not other | wrong, "restored")
    )


def use(figure: Figure, stage: Stage, known: Known) -> None:
    """Log in, come back with an old page, be told to start over, and hear what happens next."""
    login = {"login": known.member.email, "password": PASSWORD}
    answer = Client().post(reverse("account_login"), login)
    figure.check("a member logs in", answer.status_code == 302, answer.status_code)
    with stage.site(DATABASE_URL=test_database_url(), FILES_DIR=str(settings.FILES_DIR)) as site:
        key = log_in(known.member)
        connections.close_all()
        told = asyncio.run(comes_back(site.whole[0], key, known))
    figure.check("an old page is told to start over", told[0] == [known.n], told[0])
    figure.check("and hears the next post", told[1] == known.n + 1, told[1])


async def comes_back(server, key: str, known: Known) -> tuple[list[int], int]:
    """The heads of the resets that an old page gets, and the number of the post it hears next."""
    stream, browser = known.channel.stream, NetBrowser(server, key)
    await browser.open()
    await browser.hello(stream, epoch=known.epoch, **{stream: (await act(page, known.channel))[1]})
    resets = [said["head"] for said in browser.told if said["t"] == "reset" and said["s"] == stream]
    post = await act(factories.post, known.member, known.channel)
    told = await browser.until("e", s=stream, id=post.pk)
    await browser.leave()
    return resets, told["n"]


def control(figure: Figure, folder: Path) -> None:
    """Restore what was changed by hand and sealed again."""
    making.make_backup(site_backups.this_site(), folder / "present.tar")
    Post.objects.filter(pk=Post.objects.earliest("pk").pk).update(text="書き換えた投稿です。")
    making.make_backup(site_backups.this_site(), folder / "changed.tar")
    changed = drill.content(Archive(folder / "changed.tar"), DUMP)
    drill.forge(folder / "present.tar", folder / "forged.tar", dump=changed)
    before = drill.figures()
    done = drill.ended("restore", str(folder / "forged.tar"), "--yes")
    named = "違います（channels_app_post：" in done.stderr and done.stderr.count("のはずが") == 1
    words = done.stderr.strip()[:300]
    figure.check("control arm: one changed row is refused by the table's name", named, words)
    figure.check("control arm: it changed nothing", (drill.figures(), done.returncode) == (before, 1))
