"""R3, the fault matrix: what breaks, who still hears everything, and how long until everybody is level.

FAULTS=F9,F12 in the environment plays only these.
"""

import asyncio
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import Error, connections

from bench.arms import at_percent
from tests.channels_app.live.stage import act
from tests.reliability.audience import acknowledged, heads, is_level, level, open_pages, running
from tests.reliability.clients import Acknowledged, Client
from tests.reliability.faults import FAULTS, NOT_RUN, Fault
from tests.reliability.figures import Figure, Target
from tests.reliability.oracle import going_on, kept_promises
from tests.reliability.scene import DOORS, Scene, standing
from tests.reliability.sleepers import judged_from
from tests.reliability.stage import Stage
from tests.reliability.verdict import Verdict, judge

TITLE = "Fault matrix: nothing lost, nothing twice, nothing heard by strangers, and how long it takes"
SMOKE = ("F8", "F10", "F19 b")
BITTEN_SECONDS, MEANWHILE_SECONDS, LEVEL_SECONDS, REST_SECONDS = 40, 60, 90, 40
SECONDS_BETWEEN_LOOKS = 0.02
DEEDS_DURING = 4
ASLEEP = "asleep"  # the clients in a process of their own
KILLED, WAKE, DEPLOY = ("F6", "F6 b"), ("F14",), ("F22", "F22 b")


@dataclass
class Trial:
    """One fault once: seconds from its end until the clients of each door were level, and the verdict."""

    fault: Fault
    bus: str
    recovered: dict[str, float] = field(default_factory=dict)
    meanwhile: float | None = None
    failed_deeds: int = 0
    verdict: Verdict = field(default_factory=Verdict)
    control: int = 0  # what the client without cursors missed
    last: Acknowledged | None = None  # the post after the fault
    trouble: str = ""

    @property
    def ok(self) -> bool:
        """Whether everybody got level and nothing was wrong."""
        return not self.trouble and self.verdict.ok

    def __str__(self) -> str:
        times = {door: round(seconds, 2) for door, seconds in self.recovered.items()}
        last = f"last post in {self.last.seconds:.1f} s, try {self.last.tries}" if self.last else ""
        return f"{self.fault.id} (bus: {self.bus}) {times} {last} {self.trouble} {self.verdict}"


def measure(stage: Stage) -> Figure:
    """Play every fault that can be played here."""
    figure = Figure("R3", TITLE)
    smoke = stage.profile == "smoke"
    chosen = [name.strip() for name in os.environ.get("FAULTS", "").split(",") if name] or (
        SMOKE if smoke else ()
    )
    wanted = [fault for fault in FAULTS if not chosen or fault.id in chosen]
    repeats = stage.size(smoke=1, short=1, full=20)
    trials: list[Trial] = []
    end = time.monotonic() + stage.size(smoke=60, short=240, full=4 * 3600 - 600)
    for with_redis in (False,) if smoke else (True, False):
        left = [fault for _ in range(repeats) for fault in wanted if fits(fault, with_redis, stage.profile)]
        while left and time.monotonic() < end:
            left = play_some(stage, left, trials, end, with_redis=with_redis, whole=smoke)
    report(figure, trials)
    figure.notes += [f"Not run: {name}: {reason}." for name, reason in NOT_RUN]
    figure.notes += missing(wanted, trials)
    return figure


def fits(fault: Fault, with_redis: bool, profile: str) -> bool:
    """Whether a fault belongs to a round; in short, faults that do not concern the bus are played once."""
    if "redis" in fault.needs or "no redis" in fault.needs:
        return ("redis" in fault.needs) == with_redis
    return with_redis or profile != "short"


def missing(wanted: Sequence[Fault], trials: Sequence[Trial]) -> list[str]:
    """Faults that no trial played, because this machine cannot or the time was over."""
    played = {trial.fault.id for trial in trials}
    return [f"Not run here: {fault.id} {fault.name}." for fault in wanted if fault.id not in played]


def play_some(
    stage: Stage, faults: list[Fault], trials: list[Trial], end: float, **kind: bool
) -> list[Fault]:
    """Play faults on one scene until all are played or one leaves it broken; returns those left over."""
    left = list(faults)
    with standing(stage, DOORS, **kind) as scene:
        asyncio.run(play(scene, left, trials, end))
    connections.close_all()
    return left


async def play(scene: Scene, left: list[Fault], trials: list[Trial], end: float) -> None:
    """Take faults off the list one after the other while deeds go on, until the time is over."""
    everybody = [*scene.clients, scene.control]
    await open_pages(everybody)
    async with running(everybody):
        if not await level(scene.clients, LEVEL_SECONDS):
            states = [(client.doors, client.is_live, dict(client.happened)) for client in scene.clients]
            raise RuntimeError(f"the clients were never level: {states}")
        while left and time.monotonic() < end:
            fault = left.pop(0)
            if set(fault.needs) <= scene.has:
                trials.append(await played(scene, fault))
                print(trials[-1], file=sys.stderr, flush=True)
                if not trials[-1].ok:
                    return


async def played(scene: Scene, fault: Fault) -> Trial:
    """One fault, and everything that is to be said about it."""
    trial = Trial(fault, "Redis" if scene.redis else "none")
    try:
        async with asyncio.timeout(300), going_on(scene.load, scene.churn):
            await strike(scene, fault, trial)
        if not await acknowledged(scene.outboxes, REST_SECONDS):
            trial.trouble = "deeds were never acknowledged"
        elif not await level(scene.clients, REST_SECONDS):
            trial.trouble = f"not level at rest: {stopped(scene)}"
        trial.verdict = await act(judge, [*scene.clients, *await slept(scene)], scene.outboxes)
        trial.control = await missed(scene)
    except (Exception, BaseExceptionGroup) as error:
        trial.trouble = f"{type(error).__name__}: {error}"
    finally:
        scene.live.mode = scene.pages.mode = "pass"
    forget(scene)
    return trial


async def missed(scene: Scene) -> int:
    """What the client without cursors has not heard, once it believes that it is level."""
    await level([scene.control], REST_SECONDS)
    faults = (await act(judge, [scene.control])).faults
    return faults["gap"] + faults["stale"]


def stopped(scene: Scene) -> list[int]:
    """The codes with which clients were shut out for good."""
    return [client.stopped for client in scene.clients if client.stopped]


async def strike(scene: Scene, fault: Fault, trial: Trial) -> None:
    """Deeds, the fault, deeds, the end of the fault, and the way back."""
    ways = {client: client.doors for client in scene.clients}
    if fault.ladder:
        for client in scene.clients:
            client.doors = DOORS[DOORS.index(client.doors[0]) :]
    await deeds(scene, DEEDS_DURING)
    failed = sum(box.failures.total() for box in scene.outboxes)
    breaking = fault.run(scene)
    await scene.in_thread(connections.close_all)  # an earlier fault may have ended them
    await scene.in_thread(breaking.__enter__)
    begun = time.monotonic()
    try:
        if fault.lasts:
            await bite(scene, fault, trial, begun)
    finally:
        await scene.in_thread(breaking.__exit__, None, None, None)
    if fault.lasts:
        begun = time.monotonic()
    trial.recovered = await way_back(scene, trial, begun)
    trial.failed_deeds = sum(box.failures.total() for box in scene.outboxes) - failed
    for client, way in ways.items():
        client.doors, client.level = way, 0


async def bite(scene: Scene, fault: Fault, trial: Trial, begun: float) -> None:
    """Wait until the fault has been felt; when delivery goes on, until all have what was said meanwhile."""
    if fault.bitten:
        async with asyncio.timeout(BITTEN_SECONDS):
            while not fault.bitten(scene):  # noqa: ASYNC110 (asked of the outside)
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    await deeds(scene, DEEDS_DURING)
    if fault.goes_on:
        if not await level(scene.clients, MEANWHILE_SECONDS, await act(heads)):
            raise RuntimeError("nobody heard anything while it lasted")
        trial.meanwhile = time.monotonic() - begun


async def deeds(scene: Scene, count: int) -> None:
    """Wait until so many more deeds have been begun, or every writer waits for an answer."""
    until = scene.load.begun + count
    writers = [writer.outbox for writer in scene.load.writers]
    async with asyncio.timeout(BITTEN_SECONDS):
        while scene.load.begun < until and not all(box.failures and box.waiting for box in writers):  # noqa: ASYNC110
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def way_back(scene: Scene, trial: Trial, begun: float) -> dict[str, float]:
    """A last post after the fault; seconds until the last client of each door is level with it."""
    channel, box = scene.channels[0], scene.outboxes[4]
    cid = scene.load.cid()
    async with asyncio.timeout(LEVEL_SECONDS):
        await box.post(channel.slug, "障害のあとの投稿", cid=cid)
        at = await present(heads)
    trial.last = next(sent for sent in box.sent if sent.cid == cid)
    sleeping = asyncio.ensure_future(awake(scene, at))
    reached: dict[str, float] = {}
    waiting = set(scene.clients)
    try:
        async with asyncio.timeout(LEVEL_SECONDS):
            while waiting or not sleeping.done():
                for client in [one for one in waiting if is_level(one, at)]:
                    waiting.discard(client)
                    reached[client.doors[0]] = time.monotonic() - begun
                await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    except TimeoutError:
        behind = [(one.doors, one.is_live, one.cursors, list(one.recent)[-5:]) for one in waiting]
        raise RuntimeError(f"not level after {LEVEL_SECONDS} s: {behind or 'sleepers'}") from None
    if sleeping.result() is not None:
        reached[ASLEEP] = sleeping.result() - begun
    return reached


async def present(question) -> Any:
    """Ask the database, again while it does not answer."""
    while True:
        with suppress(Error):
            return await act(question)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def awake(scene: Scene, at: dict[str, int]) -> float | None:
    """When the clients of the other process are level too; None where there is none."""
    if scene.sleepers is None:
        return None
    while True:
        told = await asyncio.to_thread(scene.sleepers.ask, "stand", at=at)
        if told["broken"]:
            raise RuntimeError(told["broken"][0])
        if told["level"]:
            return time.monotonic()
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


async def slept(scene: Scene) -> list[Client]:
    """The clients of the other process, as far as the judge needs them, level with the database."""
    if scene.sleepers is None:
        return []
    async with asyncio.timeout(REST_SECONDS):
        await awake(scene, await present(heads))
    told = await asyncio.to_thread(scene.sleepers.ask, "records")
    found = scene.clients[0]
    return [judged_from(one, found.place, found.member) for one in told["clients"]]


def forget(scene: Scene) -> None:
    """Begin anew for the next fault."""
    for client in (*scene.clients, scene.control):
        client.forget()
    for box in scene.outboxes:
        box.sent.clear()
        box.failures.clear()


# -- what is told


def report(figure: Figure, trials: Sequence[Trial]) -> None:
    """A row and a check per fault and bus; the promises that belong to them."""
    groups: dict[tuple[str, str], list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.fault.id, trial.bus].append(trial)
    for (name, bus), found in groups.items():
        figure.rows.append(row(found, bus))
        bad = next((trial for trial in found if not trial.ok), None)
        figure.check(f"{name} {found[0].fault.name} (bus: {bus})", bad is None, bad or "")
    unheard = sum(trial.control for trial in trials)
    figure.check("control arm: a client that comes back without cursors misses something", unheard, unheard)
    events = sum(trial.verdict.events for trial in trials)
    figure.notes.append(
        f"{events:,} client-events. Deeds go on all the time through the pages; a member leaves a private "
        "channel and is let in again. Time counts from the end of the fault, or from its moment when it is "
        "over at once, until the clients of a door have everything, a post written afterwards included. "
        "Clients wait at most 4 s between two attempts, browsers 30 s; a Retry-After is kept."
    )
    promises(figure, trials)


def row(found: Sequence[Trial], bus: str) -> dict[str, Any]:
    """One line of the table."""
    fault = found[0].fault
    line = {"fault": fault.id, "": fault.name, "by": fault.tool, "bus": bus, "runs": len(found)}
    line["ok"] = sum(trial.ok for trial in found)
    for door in DOORS:
        line[f"{door} s"] = spread([trial.recovered[door] for trial in found if door in trial.recovered])
    woken = [trial.recovered[ASLEEP] for trial in found if fault.id in WAKE and ASLEEP in trial.recovered]
    line["frozen s"] = spread(woken)
    line["meanwhile s"] = spread([trial.meanwhile for trial in found if trial.meanwhile is not None])
    return line | {"attempts failed": sum(trial.failed_deeds for trial in found)}


def spread(times: Sequence[float]) -> str:
    """p50 / p95 / max, or the one figure."""
    if not times:
        return ""
    parts = times if len(times) == 1 else (at_percent(times, 50), at_percent(times, 95), max(times))
    return " / ".join(f"{part:.2f}" for part in parts)


def promises(figure: Figure, trials: Sequence[Trial]) -> None:
    """The targets that this figure measures."""
    figure.targets += kept_promises(sum((trial.verdict.faults for trial in trials), Counter()))
    figure.targets += [
        limited("recovery after a worker is killed, p95", 5, times(trials, KILLED, DOORS), "killed"),
        limited("caught up after sleep", 3, times(trials, WAKE, (ASLEEP,)), "wake"),
    ]
    failed = [trial.failed_deeds for trial in trials if trial.fault.id in DEPLOY]
    text = str(sum(failed)) if failed else "–"
    figure.targets.append(
        Target(
            "failed requests in a rolling restart", "0", text, not sum(failed) if failed else None, "deploy"
        )
    )


def times(trials: Sequence[Trial], names: Sequence[str], doors: Sequence[str]) -> list[float]:
    """The worst door of each trial of these faults."""
    mine = [trial.recovered for trial in trials if trial.fault.id in names]
    return [max(found[door] for door in doors) for found in mine if set(doors) <= set(found)]


def limited(name: str, seconds: float, found: Sequence[float], promise: str) -> Target:
    """A target in seconds at the 95th percentile."""
    if not found:
        return Target(name, f"< {seconds} s", "–", None, promise)
    at = at_percent(found, 95)
    return Target(name, f"< {seconds} s", f"{at:.2f} s", at < seconds, promise)
