"""R5, the herd: everybody who was connected comes back after a restart.

The server (everything in one process) is told to stop, or is killed, and a new one is started at the same
address as soon as the old one has gone, as a container is. The clients come back by the rules of the
browser's own script. While nobody serves, three posts are written: every client that is back must have heard
the last of them exactly once. The control arm is the restart without goodbye, `kill -9`.
"""

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench import site
from bench.arms import at_percent
from bench.driver import Driver
from bench.fanout import greeting_of
from bench.visitors import Visitor, signed_in
from channels_app.models import Channel
from tests import factories
from tests.reliability.figures import Figure
from tests.reliability.stage import Stage
from tests.reliability.watch import MIB, back_ends, watching

STATED = 5_000  # clients, for the statement of scale


@dataclass(frozen=True)
class Arm:
    """A way to restart."""

    name: str
    how: signal.Signals
    drain: int  # seconds


@dataclass
class Outcome:
    """What became of one herd: what it told, and what the server used."""

    told: dict
    nobody_served: float  # seconds
    back_ends: float
    memory: float
    cpu: float  # seconds of the new server, from ready until all were live


def measure(stage: Stage) -> Figure:
    """Restart with drain, then without, each with a herd of its own."""
    clients, drain = stage.size(smoke=(6, 1), short=(500, 5), full=(2_000, 20))
    arms = (
        Arm(f"SIGTERM, drain over {drain:g} s", signal.SIGTERM, drain),
        Arm("control: kill -9, nobody is warned", signal.SIGKILL, 0),
    )
    members = stage.members(clients)
    channel = stage.channel(*members)
    figure = Figure("R5", f"Herd: {clients:,} clients after a restart, one process")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    with signed_in(members) as visitors, stage.driver("tests.reliability.load") as driver:
        for arm in arms:
            found = restarted(stage, arm, driver, channel, visitors)
            figure.rows.append(row(arm, found, clients))
            judge(figure, arm, found.told, clients)
    each = figure.rows[0]["CPU ms per hello"]
    whole = each * STATED / 1000
    figure.notes.append(
        f"A hello costs {each:.1f} ms of CPU: {STATED:,} clients cost {whole:.0f} s of a core."
    )
    return figure


def restarted(stage: Stage, arm: Arm, driver: Driver, channel: Channel, visitors: list[Visitor]) -> Outcome:
    """Let a herd in, restart, wait until all are back."""
    ports = site.free_ports()
    with stage.whole(ports, DRAIN_SECONDS=str(arm.drain)) as server:
        driver.ask(
            "gather",
            port=server.port,
            handshakes=[visitor.head(server, "GET", "/live/ws") for visitor in visitors],
            hellos=[greeting_of(channel)] * len(visitors),
            seed=stage.seed,
        )
        since = time.monotonic()
        server.process.send_signal(arm.how)
        server.process.wait(site.STOP_SECONDS + arm.drain)
    gone = time.monotonic()
    posts = [factories.post(visitors[0].member, channel, f"誰もいないあいだ {i}") for i in range(3)]
    with ExitStack() as stack:
        server = stack.enter_context(stage.whole(ports))
        ready, cpu = time.monotonic(), server.cpu_seconds()
        watch = stack.enter_context(watching(memory=server.memory, back_ends=back_ends))
        stack.callback(driver.ask, "scatter", port=server.port)
        told = driver.ask("returned", port=server.port, since=since, marker=marker_of(posts[-1]))
        used = server.cpu_seconds() - cpu
        return Outcome(told, ready - gone, watch.peak("back_ends"), watch.peak("memory"), used)


def marker_of(post) -> str:
    """What only the fragment of this post contains."""
    return f'data-cid=\\"{post.cid}\\"'


def row(arm: Arm, found: Outcome, clients: int) -> dict:
    """A line of the table; times count from the signal."""
    times, refused = found.told["times"], found.told["refused"]
    return {
        "restart": arm.name,
        "clients": clients,
        "live again p50 s": at_percent(times, 50),
        "p99 s": at_percent(times, 99),
        "max s": max(times),
        "away p50 s": at_percent(found.told["away"], 50),
        "no server for s": found.nobody_served,
        "5xx": sum(count for status, count in refused.items() if status.startswith("5")),
        "nobody there": refused.get("nobody there", 0),
        "PostgreSQL back ends": int(found.back_ends),
        "memory MiB": found.memory / MIB,
        "CPU ms per hello": found.cpu / clients * 1000,
    }


def judge(figure: Figure, arm: Arm, told: dict, clients: int) -> None:
    """Everybody came back and has everything once."""
    name = arm.name.split(",")[0]
    figure.check(f"{name}: all came back", len(told["times"]) == clients, f"{clients:,}")
    figure.check(
        f"{name}: all heard what was said meanwhile", told["caught_up"] == clients, told["caught_up"]
    )
    figure.check(f"{name}: nobody heard it twice", told["twice"] == 0, told["twice"])
    others = {status: count for status, count in told["refused"].items() if status.startswith("4")}
    figure.check(f"{name}: nobody was turned away for good", not others, others or "")
