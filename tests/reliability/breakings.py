"""How the faults of R3 are made. Each is a context manager: entering breaks something real, leaving mends."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import psutil
import psycopg
import redis
from django.db import connection, transaction

from bench.machine import SERVER_CORE
from channels_app.live import log
from channels_app.models import LiveStream
from kyoso import embedded_server
from tests import factories
from tests.reliability import hooks
from tests.reliability.audience import port_of
from tests.reliability.stage import on_core
from tests.waiting import until

if TYPE_CHECKING:
    from tests.reliability.scene import Scene

DAY = 86_400
DISK = "64m"
Breaking = Iterator[None]


# -- Redis


@contextmanager
def redis_gone(scene: "Scene") -> Breaking:
    """No bus."""
    scene.redis.kill()
    yield
    scene.redis.start()


@contextmanager
def redis_cut(scene: "Scene") -> Breaking:
    """Every connection to the bus is broken."""
    scene.redis.cut_subscribers()
    with redis.Redis(port=scene.redis.port) as client:
        client.client_kill_filter(_type="normal", skipme=True)
    yield


@contextmanager
def redis_stalls(scene: "Scene") -> Breaking:
    """It accepts everything and answers nothing."""
    scene.redis.process.send_signal(signal.SIGSTOP)
    yield
    scene.redis.process.send_signal(signal.SIGCONT)


@contextmanager
def redis_flushed(scene: "Scene") -> Breaking:
    """Everything in it is gone."""
    with redis.Redis(port=scene.redis.port) as client:
        client.flushall()
    yield


@contextmanager
def nothing(scene: "Scene") -> Breaking:
    """Nothing breaks: what is measured is the site as it is."""
    yield


# -- processes


def killed_at(hook: str) -> Callable[["Scene"], AbstractContextManager[None]]:
    """The page worker that comes to a hook next is killed there."""

    @contextmanager
    def run(scene: "Scene") -> Breaking:
        mark = scene.hooks / hook
        mark.touch()
        until(lambda: not mark.exists(), what="a worker has been killed")
        yield

    return run


def children(pid: int, without: str = "?") -> list[psutil.Process]:
    """The living children of a process, without those whose command has a word."""
    found = []
    for one in psutil.Process(pid).children():
        with suppress(psutil.Error):  # it has just ended
            if one.status() != psutil.STATUS_ZOMBIE and without not in " ".join(one.cmdline()):
                found.append(one)
    return found


def workers(scene: "Scene") -> list[psutil.Process]:
    """The workers of the live port."""
    return children(scene.site.live[0].process.pid)


def page_workers(scene: "Scene") -> list[psutil.Process]:
    """The workers of the pages."""
    return children(scene.site.web[0].process.pid, without="resource_tracker")


def one_worker(how: signal.Signals) -> Callable[["Scene"], AbstractContextManager[None]]:
    """A live worker gets a signal; its supervisor starts another one."""

    @contextmanager
    def run(scene: "Scene") -> Breaking:
        victim = scene.chance.choice(workers(scene))
        victim.send_signal(how)
        yield

    return run


@contextmanager
def rolling_restart(scene: "Scene") -> Breaking:
    """SIGHUP to both servers: every worker is new in the end."""
    former = {one.pid for one in [*workers(scene), *page_workers(scene)]}
    for server in (*scene.site.live, *scene.site.web):
        server.process.send_signal(signal.SIGHUP)

    def is_renewed() -> bool:
        present = {one.pid for one in [*workers(scene), *page_workers(scene)]}
        return not former & present and len(present) >= len(former)

    until(is_renewed, what="all workers are new", limit=90)
    yield


@contextmanager
def clock_ahead(scene: "Scene") -> Breaking:
    """A further live process whose clock is a day ahead, and everybody goes there."""
    scene.site.settings[hooks.CLOCK] = str(DAY)
    try:
        with on_core(SERVER_CORE):
            server = scene.site.start("--live")
    finally:
        del scene.site.settings[hooks.CLOCK]
    scene.live.target_port, scene.live.mode = port_of(server.origin), "reset"
    until(lambda: scene.live.open == 0, what="everybody is away")
    scene.live.mode = "pass"
    yield
    scene.live.target_port = port_of(scene.site.live[0].origin)
    scene.site.live.remove(server)
    server.stop(signal.SIGKILL)


# -- PostgreSQL


@contextmanager
def database_crash(scene: "Scene") -> Breaking:
    """It stops as in a power cut, and recovers from its log."""
    embedded_server.run(
        scene.database, "pg_ctl", "-D", str(scene.database.cluster), "-m", "immediate", "-w", "stop"
    )
    yield
    embedded_server.start(scene.database)


@contextmanager
def back_ends_ended(scene: "Scene") -> Breaking:
    """Every connection of everybody is ended by the server."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    yield


@contextmanager
def new_timeline(scene: "Scene") -> Breaking:
    """It stops, comes back as a standby, and is promoted: the same content on another timeline."""
    places, control = scene.database, ("pg_ctl", "-D", str(scene.database.cluster), "-w")
    embedded_server.run(places, *control, "-m", "fast", "stop")
    mark = places.cluster / "standby.signal"
    mark.touch()
    places.account.give(mark)
    embedded_server.start(places)
    embedded_server.run(places, *control, "promote")
    yield


@contextmanager
def counter_held(scene: "Scene") -> Breaking:
    """Somebody holds the lock on one channel's number."""
    with transaction.atomic():
        list(LiveStream.objects.select_for_update().filter(kind="c", ref_id=scene.channels[0].pk))
        yield


@contextmanager
def long_writer(scene: "Scene") -> Breaking:
    """A transaction that has numbered an event of one channel and does not commit."""
    with transaction.atomic():
        factories.post(scene.members[0], scene.channels[2], "コミットを待つ投稿")
        yield


@contextmanager
def disk_full(scene: "Scene") -> Breaking:
    """The file system of the table of posts takes nothing more."""
    disk = scene.folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)], check=True)
    try:
        place = disk / "tables"
        place.mkdir()
        scene.database.account.give(place)
        with filled(disk, place):
            yield
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def filled(disk, place) -> Breaking:
    """Move the posts there, fill the rest; afterwards make room and move them back."""
    table = "channels_app_post"
    with psycopg.connect(**connected(), autocommit=True) as admin:
        admin.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        admin.execute(f"ALTER TABLE {table} SET TABLESPACE small")
        filler = disk / "filler"
        try:
            with filler.open("wb") as file:
                while True:
                    file.write(bytes(4096))
                    file.flush()
        except OSError:
            pass
        yield
        filler.unlink()
        admin.execute(f"ALTER TABLE {table} SET TABLESPACE pg_default")
        admin.execute("DROP TABLESPACE small")


def connected() -> dict:
    """How to reach the database past Django."""
    found = connection.get_connection_params()
    return {key: found[key] for key in ("host", "port", "user", "password", "dbname") if found.get(key)}


@contextmanager
def pruned(scene: "Scene") -> Breaking:
    """While everybody is away, posts are written and the log is pruned beyond all cursors."""
    scene.live.mode = "reset"
    until(lambda: scene.live.open == 0, what="everybody is away")
    factories.post(scene.members[0], scene.channels[0], "誰もいないあいだの投稿")
    log.prune(timedelta(0))
    yield
    scene.live.mode = "pass"


# -- the network


def network(mode: str, **settings: object) -> Callable[["Scene"], AbstractContextManager[None]]:
    """The proxy before the live doors misbehaves."""

    @contextmanager
    def run(scene: "Scene") -> Breaking:
        scene.live.accepted = 0
        for name, value in settings.items():
            setattr(scene.live, name, value)
        scene.live.mode = mode
        yield
        scene.live.mode = "pass"

    return run


def cut_then(mode: str) -> Callable[["Scene"], AbstractContextManager[None]]:
    """Everybody's connection is reset, and no new one is what it was."""

    @contextmanager
    def run(scene: "Scene") -> Breaking:
        scene.live.mode = "reset"
        until(lambda: scene.live.open == 0, what="everybody is away")
        scene.live.mode = mode
        yield
        scene.live.mode = "pass"

    return run


@contextmanager
def answers_lost(scene: "Scene") -> Breaking:
    """The pages do what they are told, and nobody hears of it."""
    scene.pages.spoiled.clear()
    scene.pages.mode, scene.pages.method = "drop-answer", "POST"
    yield
    scene.pages.mode = "pass"


@contextmanager
def asleep(scene: "Scene") -> Breaking:
    """The process of some clients is frozen."""
    scene.sleepers.process.send_signal(signal.SIGSTOP)
    yield
    scene.sleepers.process.send_signal(signal.SIGCONT)
