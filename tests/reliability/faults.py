"""The faults of R3: what breaks, with which tool, and what must still work meanwhile."""

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.reliability import hooks
from tests.reliability.breakings import (
    answers_lost,
    asleep,
    back_ends_ended,
    clock_ahead,
    counter_held,
    cut_then,
    database_crash,
    disk_full,
    killed_at,
    long_writer,
    network,
    new_timeline,
    nothing,
    one_worker,
    pruned,
    redis_cut,
    redis_flushed,
    redis_gone,
    redis_stalls,
    rolling_restart,
)

if TYPE_CHECKING:
    from tests.reliability.scene import Scene


@dataclass(frozen=True)
class Fault:
    """One line of the matrix.

    `lasts`: it is there until it is mended; else it is over in the moment it strikes. `goes_on`: delivery
    must reach everybody while it lasts. `ladder`: clients may take another way. `bitten` says when it has
    been felt; otherwise some deeds are waited for.
    """

    id: str
    name: str
    tool: str
    run: Callable[["Scene"], AbstractContextManager[None]]
    lasts: bool = True
    goes_on: bool = False
    ladder: bool = False
    needs: tuple[str, ...] = ()
    bitten: Callable[["Scene"], bool] | None = None


def came_again(times: int) -> Callable[["Scene"], bool]:
    """Whether every client has had to come back so often."""
    return lambda scene: scene.live.accepted >= times * len(scene.clients)


def refused_busily(scene: "Scene") -> bool:
    """Whether a page said 503 because the channel was busy."""
    return any(box.failures[503] for box in scene.outboxes)


def failed_thrice(scene: "Scene") -> bool:
    """Whether deeds failed."""
    return sum(box.failures.total() for box in scene.outboxes) >= 3


def dropped_twice(scene: "Scene") -> bool:
    """Whether answers were lost."""
    return scene.pages.spoiled.total() >= 2


def at_the_second_door(scene: "Scene") -> bool:
    """Whether everybody has found a way that works."""
    return all(client.is_live for client in scene.clients)


SUPERVISED = ("supervised",)
BUS = ("redis",)
FAULTS = (
    Fault("F1", "Redis killed and started", "SIGKILL, start", redis_gone, goes_on=True, needs=BUS),
    Fault("F2", "Redis connections cut", "CLIENT KILL", redis_cut, lasts=False, needs=BUS),
    Fault("F3", "Redis stalls", "SIGSTOP, SIGCONT", redis_stalls, goes_on=True, needs=BUS),
    Fault("F4", "Redis flushed", "FLUSHALL", redis_flushed, lasts=False, needs=BUS),
    Fault("F5", "no Redis", "configuration", nothing, goes_on=True, needs=("no redis",)),
    Fault(
        *("F6", "page worker killed between commit and publish", "kill -9 at a hook"),
        killed_at(hooks.AFTER_COMMIT),
        lasts=False,
        needs=SUPERVISED,
    ),
    Fault("F6 b", "live worker killed", "kill -9", one_worker(signal.SIGKILL), lasts=False, needs=SUPERVISED),
    Fault(
        *("F7", "page worker killed before the commit", "kill -9 at a hook"),
        killed_at(hooks.BEFORE_COMMIT),
        lasts=False,
        needs=SUPERVISED,
    ),
    Fault("F8", "answers lost after the commit", "own proxy", answers_lost, bitten=dropped_twice),
    Fault("F9", "PostgreSQL crashes", "pg_ctl stop -m immediate, start", database_crash),
    Fault("F10", "database connections ended", "pg_terminate_backend", back_ends_ended, lasts=False),
    Fault("F11", "new timeline, new epoch", "standby, pg_ctl promote", new_timeline, lasts=False),
    Fault("F12", "a channel's counter is locked", "open transaction", counter_held, bitten=refused_busily),
    Fault("F13", "a writer does not commit", "open transaction", long_writer, goes_on=True),
    Fault("F14", "clients frozen", "SIGSTOP, SIGCONT", asleep, needs=("sleepers",)),
    Fault(
        *("F15", "connections cut after 1.5 s", "own proxy", network("cut", seconds=1.5)),
        bitten=came_again(2),
    ),
    Fault(
        *("F16", "proxy buffers, knows no Upgrade", "own proxy", cut_then("buffer")),
        ladder=True,
        goes_on=True,
        bitten=at_the_second_door,
    ),
    Fault(
        *("F18", "Upgrade refused", "own proxy", cut_then("no-upgrade")),
        ladder=True,
        goes_on=True,
        bitten=at_the_second_door,
    ),
    Fault("F19 a", "black hole", "own proxy", network("black-hole")),
    Fault("F19 b", "RST to everybody", "own proxy", network("reset"), bitten=came_again(1)),
    Fault("F19 c", "one byte a second", "own proxy", cut_then("trickle")),
    Fault("F20", "bad line: 200 ms, 5 % sent again", "own proxy", network("bad-line"), goes_on=True),
    Fault("F22", "rolling restart", "SIGHUP", rolling_restart, lasts=False, needs=SUPERVISED),
    Fault(
        "F22 b",
        "live worker told to stop",
        "SIGTERM",
        one_worker(signal.SIGTERM),
        lasts=False,
        needs=SUPERVISED,
    ),
    Fault(
        "F23", "clock of a live process a day ahead", "wrapper", clock_ahead, goes_on=True, needs=SUPERVISED
    ),
    Fault(
        "F24",
        "disk of the posts full",
        "tmpfs, tablespace",
        disk_full,
        bitten=failed_thrice,
        needs=("mount",),
    ),
    Fault("F25", "log pruned beyond the cursors", "log.prune", pruned),
)
NOT_RUN = (
    ("F16, F17 with nginx", "nginx is not part of the development environment; the own proxy does both"),
    ("F20 with real packet loss", "needs tc netem, which not every kernel has; the own proxy delays"),
    ("F21 browser offline, throttled", "belongs to a real browser: tests/browser"),
    ("F23 with libfaketime", "not installed; Python's clock of the process is set instead"),
    ("F25 restore of an old backup", "R12, the restore drill"),
)
