"""R7, the soak: a crowd that stays, of which a part comes and goes, and a post a second.

Memory, descriptors and database connections of the server are read from outside. The slope of the memory is
Theil and Sen's (the median of the slopes of all pairs of samples) with the 95 % interval of Kendall's
distribution; neighbouring samples resemble each other, so the true interval is somewhat wider. The first part
is left out: rings and caches fill up to their bounds. The delay of the loop is the time of a request for
/live/healthz, which the loop answers by itself. The control arm is the same run with a leak of 5 MB in all
added to its samples (10 MB/h in a full run): the whole interval must then be above the target, else the run
was too short or too noisy to say anything. The target is met by the slope itself, not by an end of its
interval.
"""

import statistics
import time
from contextlib import ExitStack
from itertools import combinations, cycle
from math import sqrt

from bench.arms import at_percent
from bench.driver import Driver
from bench.fanout import greeting_of
from bench.site import Server
from bench.visitors import Visitor, signed_in
from channels_app.models import Channel
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage
from tests.reliability.watch import MIB, Watch, back_ends, descriptors, watching

CHURN = 0.05  # of all sockets in a minute
TURNS = 12  # of churn in a minute
WARM_UP = 0.2  # of the time
MOST, LEAK = 1.0, 5.0  # MB/h at most; MB the control arm loses in its run, 10 MB/h in a full one
NORMAL_95 = 1.96  # two-sided 95 % of the normal distribution
MEGA, HOUR = 1_000_000, 3_600
FILLING = (
    "In the slope may also be what is bounded but not full yet: a process keeps 20,000 fragments (30 MB), "
    "and at a post a second they fill for five and a half hours. A run with full caches is still to be made."
)
Samples = list[tuple[float, float]]


def measure(stage: Stage) -> Figure:
    """Soak, then look at what the server used."""
    sockets, seconds = stage.size(smoke=(20, 4), short=(100, 75), full=(1_000, 1_800))
    members = stage.members(sockets)
    channel = stage.channel(*members)
    figure = Figure("R7", f"Soak: {sockets:,} sockets, {CHURN:.0%} churn a minute, {seconds / 60:.3g} min")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    figure.notes.append(FILLING)
    if stage.profile != "full":
        figure.notes.append("A run this short shows that everything works, and nothing about memory.")
    with ExitStack() as stack:
        visitors = stack.enter_context(signed_in(members))
        server = stack.enter_context(stage.whole())
        crowd = Crowd(stack.enter_context(stage.driver("tests.reliability.load")), server, channel, visitors)
        crowd.ask("listen", visitors)
        crowd.second(0)
        looks = {"memory": server.memory, "descriptors": lambda: descriptors(server), "back ends": back_ends}
        watch = stack.enter_context(watching(max(0.2, seconds / 360), **looks))
        crowd.stay(seconds)
    tell(figure, watch, crowd, seconds, stated=stage.profile == "full")
    return figure


class Crowd:
    """The sockets of one server, who comes next, and how long everything took."""

    def __init__(self, driver: Driver, server: Server, channel: Channel, visitors: list[Visitor]):
        self.driver, self.server, self.channel, self.speaker = driver, server, channel, visitors[0]
        self.coming = cycle(visitors)
        self.turn = max(1, round(len(visitors) * CHURN / TURNS))
        self.size, self.renewed = len(visitors), 0
        self.loop: list[float] = []  # ms
        self.posts: list[float] = []  # ms
        self.deliveries = 0

    def ask(self, job: str, visitors: list[Visitor]) -> dict:
        """Open a socket for each."""
        handshakes = [visitor.head(self.server, "GET", "/live/ws") for visitor in visitors]
        hellos = [greeting_of(self.channel)] * len(visitors)
        return self.driver.ask(job, port=self.server.port, handshakes=handshakes, hellos=hellos)

    def stay(self, seconds: float) -> None:
        """Every second a post; twelve times a minute some leave and as many come."""
        begun = time.monotonic()
        for number in range(1, round(seconds) + 1):
            time.sleep(max(0.0, begun + number - time.monotonic()))
            self.second(number)

    def second(self, number: int) -> None:
        """One post to everybody, one look at the loop, and perhaps some churn."""
        if number == 1 or (number and number % (60 // TURNS) == 0):
            self.ask("churn", [next(self.coming) for _ in range(self.turn)])
            self.renewed += self.turn
        wish = self.speaker.says(self.server, f"/channels/{self.channel.slug}/posts/")
        said = self.driver.ask("posts", port=self.server.port, wish=wish, count=1)
        self.posts += said["times"]
        self.deliveries += said["deliveries"]
        asked = {"wishes": [self.speaker.get(self.server, "/live/healthz")], "seconds": 5, "most": 1}
        self.loop += self.driver.ask("requests", port=self.server.port, **asked)["times"]


def tell(figure: Figure, watch: Watch, crowd: Crowd, seconds: float, *, stated: bool) -> None:
    """Rows, checks, and the target where the run was long enough for it."""
    memory = settled(watch.seen["memory"], seconds)
    low, slope, high = (amount * HOUR / MEGA for amount in slope_of(memory))
    told = f"{slope:.2f} MB/h ({low:.2f} to {high:.2f})" if stated else "too short to say"
    figure.rows.append(
        {
            "sockets": crowd.size,
            "renewed": crowd.renewed,
            "posts": len(crowd.posts),
            "deliveries": crowd.deliveries,
            "memory slope (95 %)": told,
            "memory MiB": statistics.median(amount for _, amount in memory) / MIB,
            "descriptors": statistics.median(amount for _, amount in watch.seen["descriptors"]),
            "back ends": watch.peak("back ends"),
            "loop p50 ms": at_percent(crowd.loop, 50),
            "loop p99 ms": at_percent(crowd.loop, 99),
            "loop max ms": max(crowd.loop),
            "POST to last p99 ms": at_percent(crowd.posts, 99),
        }
    )
    wanted = len(crowd.posts) * crowd.size
    figure.check("every post reached every socket", crowd.deliveries == wanted, f"{crowd.deliveries:,}")
    for name in ("descriptors", "back ends"):
        early, late = ends_of(settled(watch.seen[name], seconds))
        level = late <= early + max(5, 0.05 * early)
        figure.check(f"{name} are level", level, f"{early:g} in the first third, {late:g} in the last")
    figure.check(f"control: a leak of {LEAK:g} MB would be seen", *leak_seen(memory, seconds))
    figure.targets.append(slope_target(slope, told, stated=stated))


def leak_seen(memory: Samples, seconds: float) -> tuple[bool, str]:
    """Whether the run with a leak added is all above the target, and where its interval begins."""
    leaking = [(at, amount + LEAK * MEGA / seconds * at) for at, amount in memory]
    lowest = slope_of(leaking)[0] * HOUR / MEGA
    return lowest > MOST, f"{LEAK * HOUR / seconds:,.0f} MB/h added: {lowest:,.2f} MB/h or more"


def slope_target(slope: float, told: str, *, stated: bool) -> Target:
    """The slope in MB/h beside its target; a run that is not long enough decides nothing."""
    met = slope <= MOST if stated else None
    return Target("memory slope (interval of 95 %)", f"≤ {MOST:g} MB/h", told, met, "slope")


def settled(samples: Samples, seconds: float) -> Samples:
    """The samples after the warm-up."""
    return [(at, amount) for at, amount in samples if at >= WARM_UP * seconds]


def ends_of(samples: Samples) -> tuple[float, float]:
    """The medians of the first and of the last third."""
    third = max(1, len(samples) // 3)
    first, last = samples[:third], samples[-third:]
    return statistics.median(a for _, a in first), statistics.median(a for _, a in last)


def slope_of(samples: Samples) -> tuple[float, float, float]:
    """(lower end, slope, upper end) per second: Theil and Sen's estimate and its 95 % interval.

    The interval holds the slopes whose ranks are within 1.96 standard deviations of Kendall's statistic:
    P. K. Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 63 (1968), 1379-1389.
    """
    number = len(samples)
    slopes = sorted((b - a) / (t - s) for (s, a), (t, b) in combinations(samples, 2) if t > s)
    apart = NORMAL_95 * sqrt(number * (number - 1) * (2 * number + 5) / 18)
    lower = max(0, round((len(slopes) - apart) / 2))
    upper = min(len(slopes) - 1, round((len(slopes) + apart) / 2))
    return slopes[lower], statistics.median(slopes), slopes[upper]
