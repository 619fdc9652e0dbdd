"""Fan-out: from the POST to the frame at the last of many open pages, and what a delivery costs the server.

Beside the product run the textbook consumer (the control arm, which must be worse) and a bare broadcast (the
limit). All three servers and all their sockets stay open while the arms take turns.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from bench.arms import Arm, Outcome, alternate, measured
from bench.listeners import hello
from bench.site import Server
from bench.stage import Figure, Goal, Row, Stage, channels
from bench.visitors import Visitor, members_of, signed_in
from channels_app.live import log
from channels_app.models import Channel, LiveStream, Post

KYOSO, TEXTBOOK, RAW = "Kyoso", "textbook consumer, in-memory layer", "bare uvicorn broadcast"
HERD = 4_700  # members who may come back at once
NOISE = 0.15  # of the CPU of a post alone
KIB = 1024


@dataclass
class Hall:
    """One server with the requests that open a socket and say something there."""

    name: str
    server: Server
    address: str
    wish: list[str]
    greeting: Callable[[], str] | None = None  # the hello of a page that is level now
    sockets: int = 0

    def admit(self, stage: Stage, visitors: list[Visitor]) -> tuple[float, float]:
        """Open a socket for each visitor; returns CPU µs and bytes of memory for one."""
        cpu, memory = self.server.cpu_seconds(), self.server.memory()
        hellos = [self.greeting()] * len(visitors) if self.greeting else None
        handshakes = [visitor.head(self.server, "GET", self.address) for visitor in visitors]
        stage.driver.ask("listen", port=self.server.port, handshakes=handshakes, hellos=hellos)
        self.sockets += len(visitors)
        used = (self.server.cpu_seconds() - cpu) / len(visitors) * 1e6
        return used, (self.server.memory() - memory) / len(visitors)

    def arm(self, stage: Stage) -> Arm:
        """Say a few things, each time waiting for the last socket."""
        job = {"wish": self.wish, "count": stage.size.posts}
        return Arm(self.name, lambda: measured(stage.driver, self.server, "posts", **job))


@dataclass(frozen=True)
class Found:
    """Outcomes by arm: at each number of sockets, and with nobody listening; what the last to enter cost."""

    heard: dict[int, dict[str, Outcome]]
    alone: dict[str, Outcome]
    entered: dict[str, tuple[float, float]]


def measurements(stage: Stage) -> Found:
    """Latency and cost at each number of sockets, between two measurements with nobody listening."""
    channel, inside, heard = channels()[2], 0, {}
    with ExitStack() as stack:
        visitors = stack.enter_context(signed_in(members_of(channel, max(stage.size.sockets))))
        halls = opened(stage, stack, channel, visitors[0])
        arms, rounds = [hall.arm(stage) for hall in halls], stage.size.rounds
        alone = alternate(arms, rounds)
        for sockets in stage.size.sockets:
            entered = {hall.name: hall.admit(stage, visitors[inside:sockets]) for hall in halls}
            heard[sockets], inside = alternate(arms, rounds), sockets
        for hall in halls:
            stage.driver.ask("hang_up", port=hall.server.port)
        for name, outcome in alternate(arms, rounds).items():
            alone[name].samples += outcome.samples
    Post.objects.filter(channel=channel, n=None).delete()
    return Found(heard, alone, entered)


def figure(stage: Stage) -> Figure:
    """The benchmark's part of the report."""
    measured, found = (
        measurements(stage),
        Figure("Fan-out, one process, POST to the frame at the last socket"),
    )
    alone = measured.alone
    for sockets, outcomes in measured.heard.items():
        found.rows += [row_of(outcomes[name], alone[name], sockets) for name in outcomes]
        found.goals += latency_goals(outcomes, sockets)
    most = max(measured.heard)
    found.goals += cost_goals(measured.heard[most], alone, most) + entrance_goals(*measured.entered[KYOSO])
    return found


def opened(stage: Stage, stack: ExitStack, channel: Channel, speaker: Visitor) -> list[Hall]:
    """The three servers, each with what is said there."""
    product = stack.enter_context(stage.site.whole())
    textbook = stack.enter_context(stage.site.control("textbook"))
    raw = stack.enter_context(stage.site.control("raw"))
    say = f"/channels/{channel.slug}/posts/"
    return [
        Hall(KYOSO, product, "/live/ws", speaker.says(product, say), partial(greeting_of, channel)),
        Hall(TEXTBOOK, textbook, f"/ws/channels/{channel.slug}/", speaker.says(textbook, f"/bench{say}")),
        Hall(RAW, raw, "/", speaker.says(raw, "/posts/", text="k" * 1_800)),
    ]


def greeting_of(channel: Channel) -> str:
    """The hello of a page that is level with its channel."""
    head = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk).head
    return hello(log.epoch(), {channel.stream: head}, [channel.stream])


def delivery_cost(outcome: Outcome, alone: Outcome, sockets: int) -> float | None:
    """CPU µs for one delivery: what a post costs more than the same post without anybody listening.

    None when that is too small a part of the post to be told from noise.
    """
    more = outcome.cpu_each - alone.cpu_each
    return more / sockets if more > NOISE * alone.cpu_each else None


def row_of(outcome: Outcome, alone: Outcome, sockets: int) -> Row:
    """A line of the table."""
    cost = delivery_cost(outcome, alone, sockets)
    told = f"{cost:.1f} µs CPU a delivery" if cost else "deliveries cost too little to tell"
    note = f"{sockets} sockets, {told}, {outcome.deliveries:,} delivered"
    return Row(outcome.name, outcome, bytes=outcome.bytes, note=note)


def latency_goals(outcomes: dict[str, Outcome], sockets: int) -> list[Goal]:
    """POST to the last socket, the post itself included."""
    latency = {name: outcome.typical for name, outcome in outcomes.items()}
    ratio = latency[TEXTBOOK] / latency[KYOSO]
    goals = [Goal(f"POST to last of {sockets}: textbook ÷ Kyoso", 10, ratio)]
    if sockets == 100:
        goals.append(Goal("POST to last of 100, p50 (extreme 2)", 5, latency[KYOSO], "ms", at_most=True))
    return goals


def cost_goals(outcomes: dict[str, Outcome], alone: dict[str, Outcome], sockets: int) -> list[Goal]:
    """CPU per delivery beside both control arms, at the largest audience; none when one is lost in noise."""
    cost = {name: delivery_cost(outcomes[name], alone[name], sockets) for name in outcomes}
    if not all(cost.values()):
        return []
    return [
        Goal(f"fan-out per core at {sockets} ÷ bare uvicorn", 0.85, cost[RAW] / cost[KYOSO]),
        Goal(f"fan-out per core at {sockets} ÷ textbook consumer", 10, cost[TEXTBOOK] / cost[KYOSO]),
    ]


def entrance_goals(cpu: float, memory: float) -> list[Goal]:
    """What a newcomer costs, measured at the last group that came in."""
    return [
        Goal("memory per socket", 30, memory / KIB, "KiB", at_most=True),
        Goal(f"{HERD:,} authenticated reconnects (extreme 2)", 4, cpu * HERD / 1e6, "CPU s", at_most=True),
    ]
