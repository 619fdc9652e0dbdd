"""R13, the upgrade: the newest migrations and a rolling restart under load, and not one request fails.

Migrations: the database is taken back to the release before (its code comes out of the repository), that code
serves, members write and read, and the present code's `manage.py prepare` brings the database forward. Then
the present code serves, and every worker of pages and live connections is renewed with SIGHUP. A request
counts as failed when its first attempt is not answered with 2xx; nobody may need a second one. The control
is a migration as it must not be: it takes a table for itself and keeps it.
"""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import SimpleNamespace
from uuid import UUID

from django.core.management import call_command
from django.db import connections, transaction

from accounts.models import Member
from bench.machine import SERVER_CORE
from channels_app.models import Channel, Post
from tests.reliability import breakings
from tests.reliability.audience import (
    COOKIES,
    acknowledged,
    client_of,
    level,
    open_pages,
    pass_of,
    place_of,
    port_of,
    running,
)
from tests.reliability.clients import Client, Outbox, Place
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage, on_core
from tests.reliability.verdict import judge
from tests.reliability.wires import Lost, ask
from tests.site import PROJECT, LiveSite, ServerProcess, site_settings
from tests.waiting import free_port, until

APPS = ("kyoso", "accounts", "channels_app")
STEPS = 3  # commits with migrations that a release step takes
WRITERS, READERS = 3, 2
PAUSE = 0.05
HELD_SECONDS = 3.0  # by the control's migration
SETTLE = 60.0
LOCKS = """
SELECT DISTINCT relation::regclass::text FROM pg_locks JOIN pg_class ON pg_class.oid = relation
WHERE mode = 'AccessExclusiveLock' AND granted AND relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@dataclass
class Traffic:
    """What members do meanwhile, and how it is answered the first time."""

    channel: Channel
    boxes: list[Outbox]
    chance: Random
    answers: list[tuple[int, float]] = field(default_factory=list)
    acknowledged: list[int] = field(default_factory=list)

    @property
    def failed(self) -> list[int]:
        """Statuses of first attempts that were not answered well; 0 for no answer."""
        return [status for status, _ in self.answers if not 200 <= status < 300]

    async def run(self, during: Callable[[], object]) -> None:
        """Write and read while something is done in a thread, and a little before and after."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self.write(box, stop)) for box in self.boxes[:WRITERS]]
        tasks += [asyncio.create_task(self.read(box, stop)) for box in self.boxes[WRITERS:]]
        await self.some_more()
        await asyncio.to_thread(during)
        await self.some_more()
        stop.set()
        await asyncio.gather(*tasks)

    async def some_more(self) -> None:
        """Wait until some more requests are answered."""
        wanted = len(self.answers) + 10
        async with asyncio.timeout(SETTLE):
            while len(self.answers) < wanted:  # noqa: ASYNC110 (there is no event for it)
                await asyncio.sleep(0.02)

    async def write(self, box: Outbox, stop: asyncio.Event) -> None:
        """Post after post, each tried once."""
        path = f"/channels/{self.channel.slug}/posts/"
        while not stop.is_set():
            cid = str(UUID(int=self.chance.getrandbits(128), version=4))
            begun = time.monotonic()
            status, told = await box.once(path, {"text": "更新中の投稿", "cid": cid}, 0)
            self.answers.append((status, time.monotonic() - begun))
            self.acknowledged += [told["id"]] if 200 <= status < 300 else []
            await asyncio.sleep(PAUSE)

    async def read(self, box: Outbox, stop: asyncio.Event) -> None:
        """The channel's page again and again."""
        while not stop.is_set():
            begun, status = time.monotonic(), 0
            try:
                answer = await ask(box.place.pages[0], box.member, "GET", f"/channels/{self.channel.slug}/")
                status = answer.status
            except (OSError, TimeoutError, Lost):
                pass
            self.answers.append((status, time.monotonic() - begun))
            await asyncio.sleep(PAUSE)


def measure(stage: Stage) -> Figure:
    """The release step, the control, the rolling restart, which alone is left where there is no history."""
    figure = Figure("R13", "Upgrade under load")
    members = stage.members(WRITERS + READERS + 3)
    channel = stage.channel(*members)
    release_step(stage, figure, members, channel)
    connections.close_all()
    if stage.profile == "smoke" and figure.checks:
        figure.notes.append("The rolling restart is not part of the smallest run; R3 has it too (F22).")
        return figure
    rolling(stage, figure, members, channel)
    return figure


# -- the migrations of a release


def release_step(stage: Stage, figure: Figure, members: list[Member], channel: Channel) -> None:
    """Back to the release before with its own code serving, then forward under load; and the control."""
    former = former_release(stage.scratch("release"))
    if former is None:
        figure.notes.append("The release step was not run: there is no history of the code here.")
        return
    code, commit, migrations = former
    with ExitStack() as stack:
        site = bare_site(stage)
        place, origin = Place([], []), site.settings["SITE_URL"]
        boxes = [Outbox(place, pass_of(origin, one), limit=30.0) for one in members]
        for app, name in migrations.items():
            call_command("migrate", app, name, verbosity=0)
        connections.close_all()
        server = stack.enter_context(served(site, code))
        place.pages.append(port_of(server.origin))
        traffic = Traffic(channel, boxes[: WRITERS + READERS], stage.chance("R13"))
        with watching_locks() as held:
            asyncio.run(traffic.run(lambda: prepared(stage)))
        report(figure, f"migrations since {commit[:7]}", traffic, held)
        check_requests(figure, "release step", traffic)
        check_posts(figure, "release step", traffic)
        control = Traffic(channel, boxes[: WRITERS + READERS], stage.chance("R13 control"))
        with watching_locks() as held:
            asyncio.run(control.run(hold_posts))
        report(figure, "control: a table held", control, held)
        slowest = max(seconds for _, seconds in control.answers)
        felt = slowest > HELD_SECONDS / 2 or control.failed
        figure.check("control: a held table makes requests wait or fail", bool(felt), f"{slowest:.1f} s")


def former_release(folder: Path) -> tuple[Path, str, dict[str, str]] | None:
    """The code before the last commits that brought migrations, its commit, and each app's last migration."""
    log = git("log", f"-{STEPS}", "--format=%H", "--diff-filter=A", "--", "*/migrations/0*.py")
    commits = log.split() if log else []
    archive = git_bytes("archive", f"{commits[-1]}^") if commits else b""
    if not archive:
        return None
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    names = {app: sorted((folder / app / "migrations").glob("0*.py")) for app in APPS}
    return folder, commits[-1], {app: found[-1].stem if found else "zero" for app, found in names.items()}


def git(*arguments: str) -> str:
    """What git says; nothing where there is no repository."""
    return git_bytes(*arguments).decode()


def git_bytes(*arguments: str) -> bytes:
    """The same as bytes."""
    try:
        told = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return told.stdout if told.returncode == 0 else b""


def bare_site(stage: Stage) -> LiveSite:
    """The settings of a site with one page server at an address, nothing started."""
    origin = f"http://127.0.0.1:{free_port()}"
    return LiveSite(stage.scratch("site"), site_settings([origin]) | COOKIES | {"PAGE_WORKERS": "2"})


@contextmanager
def served(site: LiveSite, code: Path) -> Iterator[ServerProcess]:
    """The pages by another release's code, at the site's address."""
    origin = site.settings["SITE_URL"]
    log = site.folder / "former.log"
    with on_core(SERVER_CORE), log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--web", "--port", str(port_of(origin))],
            cwd=code,
            env=os.environ | site.settings,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = ServerProcess(origin, process, log)
    try:
        until(lambda: server.ready("/readyz"), what="the former release serves")
        yield server
    finally:
        server.stop()


def prepared(stage: Stage) -> None:
    """The present code's `manage.py prepare`, as an operator runs it."""
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=PROJECT, check=True, capture_output=True)


def hold_posts() -> None:
    """A migration without a limit: it has the table of posts for itself, and takes its time."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(f"LOCK TABLE {Post._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SELECT pg_sleep(%s)", [HELD_SECONDS])
    connections.close_all()


@contextmanager
def watching_locks() -> Iterator[dict[str, float]]:
    """How long each table was held by somebody alone, in seconds, the longest time of each."""
    held: dict[str, float] = {}
    done = threading.Event()

    def watch() -> None:
        since: dict[str, float] = {}
        with connections["default"].cursor() as cursor:
            while not done.is_set():
                cursor.execute(LOCKS)
                now, tables = time.monotonic(), {table for (table,) in cursor.fetchall()}
                since = {table: since.get(table, now) for table in tables}
                held.update({table: max(held.get(table, 0.0), now - at) for table, at in since.items()})
                done.wait(0.002)
        connections.close_all()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield held
    finally:
        done.set()
        watcher.join()


def report(figure: Figure, what: str, traffic: Traffic, held: dict[str, float]) -> None:
    """One line."""
    times = sorted(seconds for _, seconds in traffic.answers)
    figure.rows.append(
        {
            "what": what,
            "requests": len(traffic.answers),
            "failed": len(traffic.failed),
            "median ms": round(1000 * times[len(times) // 2]),
            "slowest ms": round(1000 * times[-1]),
            "longest lock ms": round(1000 * max(held.values(), default=0.0)),
        }
    )


def check_requests(figure: Figure, name: str, traffic: Traffic) -> None:
    """Nobody was refused anything."""
    failed = traffic.failed
    figure.check(f"{name}: no request failed", not failed, failed[:5])
    figure.targets.append(Target(f"{name}: failed requests", "0", str(len(failed)), not failed, "deploy"))


def check_posts(figure: Figure, name: str, traffic: Traffic) -> None:
    """Everything acknowledged is there."""
    there = Post.objects.filter(pk__in=traffic.acknowledged).count()
    wanted = len(traffic.acknowledged)
    figure.check(f"{name}: every acknowledged post is there", 0 < there == wanted, f"{there} of {wanted}")


# -- the rolling restart


def rolling(stage: Stage, figure: Figure, members: list[Member], channel: Channel) -> None:
    """SIGHUP to pages and live workers while members write, read and listen."""
    with ExitStack() as stack:
        redis = stack.enter_context(stage.redis())
        site = stack.enter_context(stage.site(web=1, redis_url=redis.url, PAGE_WORKERS="2", **COOKIES))
        with on_core(SERVER_CORE):
            site.start("--live", "--workers", "2", port=free_port())
        place = place_of(site)
        boxes = [Outbox(place, pass_of(site.origin, one), limit=30.0) for one in members]
        traffic = Traffic(channel, boxes[: WRITERS + READERS], stage.chance("R13 rolling"))
        listeners = [
            client_of(place, one, pass_of(site.origin, one), [channel], door)
            for one, door in zip(members, ("socket", "socket", "stream", "poll"), strict=False)
        ]
        is_level = asyncio.run(listened(site, traffic, listeners))
        report(figure, "SIGHUP to pages and live workers", traffic, {})
        check_requests(figure, "rolling restart", traffic)
        check_posts(figure, "rolling restart", traffic)
        figure.check("rolling restart: every listener is level in the end", is_level)
        verdict = judge(listeners)
        figure.check("rolling restart: nothing was lost, doubled or out of order", verdict.ok, verdict)


async def listened(site: LiveSite, traffic: Traffic, listeners: list[Client]) -> bool:
    """Renew all workers under load; whether every listener is level afterwards."""
    await open_pages(listeners)
    async with running(listeners):
        await traffic.run(lambda: renew(site))
        await acknowledged(traffic.boxes, SETTLE)
        return await level(listeners, SETTLE)


def renew(site: LiveSite) -> None:
    """All workers are new in the end."""
    with breakings.rolling_restart(SimpleNamespace(site=site)):  # type: ignore[arg-type]
        pass
