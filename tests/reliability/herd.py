"""R5, the herd: everybody who was connected comes back after a restart.

A worker under a supervisor is renewed (`serve --live --workers 1` and SIGHUP); a server that is everything
in one process is told to stop, or is killed, and a new one is started at its address as soon as it has gone,
as a container is. The clients come back by the rules of the browser's own script. Meanwhile three posts are
written: every client that is back must have heard the last of them exactly once. The control arm is the
restart without goodbye, `kill -9`. Seconds count from the signal; *away* is from a client's own loss on.
"""

import signal
import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench import site
from bench.arms import at_percent
from bench.driver import Driver
from bench.fanout import greeting_of
from bench.site import Server
from bench.visitors import Visitor, signed_in
from channels_app.models import Channel
from tests import factories
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage
from tests.reliability.watch import MIB, back_ends, watching

STATED = 5_000  # clients, for the statement of scale


RENEWED, STOPPED, KILLED = "SIGHUP: renewed", "SIGTERM: drained", "control: kill -9"


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
    cpu: float | None  # seconds of the new server, from ready until all were live


def measure(stage: Stage) -> Figure:
    """Renew, restart with drain, then without, each with a herd of its own."""
    clients, drain = stage.size(smoke=(6, 1), short=(500, 5), full=(2_000, 20))
    arms = [
        Arm(RENEWED, signal.SIGHUP, drain),
        Arm(STOPPED, signal.SIGTERM, drain),
        Arm(KILLED, signal.SIGKILL, 0),
    ]
    if stage.profile == "smoke":
        arms.pop(1)
    members = stage.members(clients)
    channel = stage.channel(*members)
    figure = Figure("R5", f"Herd: {clients:,} clients after a restart, one process")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    with signed_in(members) as visitors, stage.driver("tests.reliability.load") as driver:
        for arm in arms:
            restart = renewed if arm.name == RENEWED else restarted
            found = restart(stage, arm, driver, channel, visitors)
            figure.rows.append(row(arm, found, clients))
            judge(figure, arm, found.told, clients)
    each = figure.rows[-1]["CPU ms per hello"]
    whole = each * STATED / 1000
    figure.notes.append(
        f"A hello costs {each:.1f} ms of CPU: {STATED:,} clients cost {whole:.0f} s of a core."
    )
    return figure


def restarted(stage: Stage, arm: Arm, driver: Driver, channel: Channel, visitors: list[Visitor]) -> Outcome:
    """Let a herd in, stop the server, start another, wait until all are back."""
    ports = site.free_ports()
    with stage.whole(ports, DRAIN_SECONDS=str(arm.drain)) as server:
        gather(stage, driver, server, channel, visitors)
        since = time.monotonic()
        server.process.send_signal(arm.how)
        server.process.wait(site.STOP_SECONDS + arm.drain)
    gone = time.monotonic()
    marker = say(channel, visitors[0])
    with ExitStack() as stack:
        server = stack.enter_context(stage.whole(ports))
        ready, cpu = time.monotonic(), server.cpu_seconds()
        watch = stack.enter_context(watching(memory=server.memory, back_ends=back_ends))
        stack.callback(driver.ask, "scatter", port=server.port)
        told = driver.ask("returned", port=server.port, since=since, marker=marker)
        used = server.cpu_seconds() - cpu
        return Outcome(told, ready - gone, watch.peak("back_ends"), watch.peak("memory"), used)


def renewed(stage: Stage, arm: Arm, driver: Driver, channel: Channel, visitors: list[Visitor]) -> Outcome:
    """Let a herd in, let the supervisor replace the worker, wait until all are with the new one."""
    with ExitStack() as stack:
        server = stack.enter_context(stage.workers(1, DRAIN_SECONDS=str(arm.drain)))
        gather(stage, driver, server, channel, visitors)
        watch = stack.enter_context(watching(memory=server.memory, back_ends=back_ends))
        stack.callback(driver.ask, "scatter", port=server.port)
        since = time.monotonic()
        server.process.send_signal(arm.how)
        # Nobody is told before a successor is ready, so these reach the clients where they are.
        marker = say(channel, visitors[0])
        told = driver.ask("returned", port=server.port, since=since, marker=marker)
        return Outcome(told, 0, watch.peak("back_ends"), watch.peak("memory"), None)


def gather(stage: Stage, driver: Driver, server: Server, channel: Channel, visitors: list[Visitor]) -> None:
    """Let everybody in."""
    driver.ask(
        "gather",
        port=server.port,
        handshakes=[visitor.head(server, "GET", "/live/ws") for visitor in visitors],
        hellos=[greeting_of(channel)] * len(visitors),
        seed=stage.seed,
    )


def say(channel: Channel, speaker: Visitor) -> str:
    """Write three posts; returns what only the fragment of the last one contains, as it stands in a frame."""
    posts = [factories.post(speaker.member, channel, f"いないあいだの話 {i}") for i in range(3)]
    return f'data-cid=\\"{posts[-1].cid}\\"'


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
        "CPU ms per hello": found.cpu / clients * 1000 if found.cpu is not None else None,
    }


def judge(figure: Figure, arm: Arm, told: dict, clients: int) -> None:
    """Everybody came back and has everything once."""
    name = arm.name
    figure.check(f"{name}: all came back", len(told["times"]) == clients, f"{clients:,}")
    figure.check(
        f"{name}: all heard what was said meanwhile", told["caught_up"] == clients, told["caught_up"]
    )
    figure.check(f"{name}: nobody heard it twice", told["twice"] == 0, told["twice"])
    alone = told["refused"].get("nobody there", 0)
    if arm.name == RENEWED:
        figure.check(f"{name}: nobody found the door shut", alone == 0, alone)
        count = sum(told["refused"].values())
        figure.targets.append(
            Target("attempts refused while a worker is renewed", "0", f"{count}", count == 0, "deploy")
        )
    if arm.name == KILLED:
        figure.check(f"{name}: somebody found nobody there, as must be", alone > 0, alone)
    others = {status: count for status, count in told["refused"].items() if status.startswith("4")}
    figure.check(f"{name}: nobody was turned away for good", not others, others or "")
