"""R6, fan-out: from the POST to the frame at the last of many sockets, and what a delivery costs the server.

The benchmark's own measurement (`bench/fanout.py`) with its control arm: the textbook Channels consumer, one
group per channel, under the same uvicorn settings, fed with the same posts in turns. The bare uvicorn
broadcast is the limit. Times end at the **last** socket, so the p99 of single deliveries is lower. CPU of a
delivery is what a post costs the server's process more than the same post with nobody listening.
"""

from contextlib import ExitStack

from bench import fanout, site
from bench.arms import Outcome
from bench.fanout import KYOSO, NOISE, TEXTBOOK, Found
from bench.stage import Size, channels
from bench.stage import Stage as BenchStage
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage

LAST, ANSWER = 300, 100  # ms
RATIO = 30
PLAIN = 1_000  # sockets the targets are stated for


def measure(stage: Stage) -> Figure:
    """Measure, then say what every arm did; every frame must have arrived."""
    sockets = stage.size(smoke=(4,), short=(100, 500), full=(100, 500, 1_000, 2_000))
    size = Size(
        rounds=stage.size(smoke=1, short=3, full=5),
        posts=stage.size(smoke=2, short=15, full=40),
        sockets=sockets,
    )
    found = measured(stage, size)
    figure = Figure("R6", f"Fan-out at {', '.join(f'{number:,}' for number in sockets)} sockets, one process")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    for number, outcomes in found.heard.items():
        for name, outcome in outcomes.items():
            figure.rows.append(row(number, outcome, found.alone[name]))
        wanted = size.rounds * size.posts * number
        arrived = {name: outcome.deliveries for name, outcome in outcomes.items()}
        figure.check(f"every frame arrived at {number:,} sockets", set(arrived.values()) == {wanted}, arrived)
    cost(figure, found, judged=stage.profile != "smoke")
    figure.targets += latency(found)
    return figure


def measured(stage: Stage, size: Size) -> Found:
    """The benchmark's measurement on this site."""
    stage.members(max(size.sockets))
    while len(channels()) < 3:
        stage.channel()
    with ExitStack() as stack:
        folder = stage.scratch("fanout")
        driver = stack.enter_context(stage.driver())
        return fanout.measurements(BenchStage(site.site_of(folder, site.free_ports()), driver, folder, size))


def row(sockets: int, outcome: Outcome, alone: Outcome) -> dict:
    """An arm at a number of sockets; times in ms."""
    return {
        "sockets": sockets,
        "arm": outcome.name,
        "posts": len(outcome.samples) * outcome.samples[0].count,
        "p50 ms": outcome.percentile(50),
        "p95 ms": outcome.percentile(95),
        "p99 ms": outcome.percentile(99),
        "max ms": outcome.percentile(100),
        "answered p95 ms": outcome.acknowledged(95),
        "CPU µs per delivery": fanout.delivery_cost(outcome, alone, sockets) or "lost in noise",
    }


def cost(figure: Figure, found: Found, *, judged: bool) -> None:
    """CPU of a delivery beside the control arm's, at the number the target is stated for or the largest.

    What is lost in the noise of a post counts as that noise, which is more than it can be.
    """
    sockets = PLAIN if PLAIN in found.heard else max(found.heard)
    each = {}
    for name in (KYOSO, TEXTBOOK):
        alone = found.alone[name]
        known = fanout.delivery_cost(found.heard[sockets][name], alone, sockets)
        each[name] = known or NOISE * alone.cpu_each / sockets
    ratio = each[TEXTBOOK] / each[KYOSO]
    told = f"1/{ratio:.0f} at {sockets:,} sockets"
    met = ratio >= RATIO if sockets >= PLAIN else None
    figure.targets.append(
        Target(f"CPU per delivery beside the textbook at {PLAIN:,}", f"≤ 1/{RATIO}", told, met, "cost")
    )
    if judged:
        figure.check("the control arm is worse: the textbook consumer's CPU per delivery", ratio > 1, told)


def latency(found: Found) -> list[Target]:
    """The two targets in ms, stated at 1,000 sockets; fewer are told, and decide nothing."""
    sockets = PLAIN if PLAIN in found.heard else max(found.heard)
    outcome, stated = found.heard[sockets][KYOSO], sockets >= PLAIN
    last, answer = outcome.percentile(99), outcome.acknowledged(95)
    at = f"at {sockets:,} sockets"
    return [
        Target(
            f"POST to the last of {PLAIN:,} sockets, p99",
            f"< {LAST} ms",
            f"{last:.0f} ms {at}",
            last < LAST if stated else None,
            "delivery",
        ),
        Target(
            "post acknowledged, p95",
            f"< {ANSWER} ms",
            f"{answer:.0f} ms {at}",
            answer < ANSWER,
            "acknowledged",
        ),
    ]
