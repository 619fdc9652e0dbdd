"""R8, slow readers: clients that stop reading hurt nobody, cost a bounded amount, and are closed with 4408.

The slow ones say hello, become live, and never read again; their line has the window of a phone far away.
Long posts fill what lies between. Then the others are measured once more, beside the stuck ones. The control
arm is the same crowd without slow readers, in the same server just before. That a slow reader is gone is read
from the server's TCP connections, not from its word; the close code is read from its metrics, because a
client that never reads is never told.
"""

import time
from contextlib import ExitStack

from bench.arms import Sample, at_percent, measured
from bench.fanout import greeting_of
from bench.site import Server
from bench.visitors import Visitor, signed_in
from channels_app.live.connections import Limits
from channels_app.live.rings import Rings
from channels_app.models import Channel
from tests import figures as metrics
from tests.reliability.figures import Figure, Target
from tests.reliability.stage import Stage
from tests.reliability.watch import MIB, back_ends, still_connected, watching

LONG = (
    "窓口の待ち時間を測りました。" * 500
)  # about 21 KB of Japanese, below the 10,000 characters a post may have
AT_ONCE = 10  # posts between two looks whether the slow ones are still there
TOO_SLOW = "4408"
CLOSED_WITHIN = 60  # seconds
# A connection's queue, and what may lie below it in the server: the write buffer and one more frame.
EACH = Limits().queued_bytes + 256 * 1024


class Scene:
    """One server with everybody who is connected to it."""

    def __init__(self, server: Server, driver, channel: Channel, visitors: list[Visitor]):
        self.server, self.driver, self.channel, self.speaker = server, driver, channel, visitors[-1]

    def open(self, job: str, visitors: list[Visitor]) -> dict:
        """Open a socket for each."""
        return self.driver.ask(
            job,
            port=self.server.port,
            handshakes=[visitor.head(self.server, "GET", "/live/ws") for visitor in visitors],
            hellos=[greeting_of(self.channel)] * len(visitors),
        )

    def posts(self, count: int, text: str = "読まれましたか？") -> Sample:
        """Say something so many times, each time waiting for the last who reads."""
        wish = self.speaker.says(self.server, f"/channels/{self.channel.slug}/posts/", text=text)
        return measured(self.driver, self.server, "posts", wish=wish, count=count)

    def closed(self) -> float:
        """How many connections the server says to have closed as too slow."""
        _, body = metrics.scraped(f"http://127.0.0.1:{self.server.port}/live/metrics")
        found = metrics.samples(body.decode())
        return metrics.value(found, "kyoso_live_closed_total", code=TOO_SLOW) or 0


def measure(stage: Stage) -> Figure:
    """First without slow readers, then beside them; then wait until every one of them is gone."""
    slow, normal = stage.size(smoke=(2, 4), short=(10, 100), full=(50, 500))
    posts, floods = stage.size(smoke=(3, 30), short=(100, 60), full=(200, 60))
    members = stage.members(normal + slow)
    channel = stage.channel(*members)
    figure = Figure("R8", f"{slow} readers that never read beside {normal} others, one process")
    figure.notes.append(__doc__.split("\n\n", 1)[1])
    with ExitStack() as stack:
        visitors = stack.enter_context(signed_in(members))
        server = stack.enter_context(stage.whole(METRICS_TOKEN=metrics.TOKEN))
        driver = stack.enter_context(stage.driver("tests.reliability.load"))
        scene = Scene(server, driver, channel, visitors)
        scene.open("listen", visitors[slow:])
        scene.posts(posts)
        rows = {"without slow readers": scene.posts(posts)}
        before = server.memory()
        watch = stack.enter_context(watching(memory=server.memory, back_ends=back_ends))
        ports = set(scene.open("stall", visitors[:slow])["ports"])
        begun = time.monotonic()
        rows["while they get stuck, long posts"] = scene.posts(floods, LONG)
        rows["beside stuck readers"] = beside(scene, ports, posts)
        if stage.profile == "smoke":
            figure.notes.append("Profile smoke does not wait for the end of the slow ones.")
        else:
            took = gone_after(server, ports) - begun
            rows["after they were closed"] = scene.posts(posts)
            judge_end(figure, slow, took, scene.closed())
        grown = watch.peak("memory") - before
    figure.rows += [row(name, sample) for name, sample in rows.items()]
    most = slow * EACH + Rings().capacity + 16 * MIB
    figure.check("memory stayed within its bound", grown < most, f"{grown / MIB:.1f} of {most / MIB:.0f} MiB")
    judge_others(figure, rows, normal)
    ratio = p99(rows["beside stuck readers"]) / p99(rows["without slow readers"])
    figure.notes.append(f"p99 beside stuck readers ÷ p99 without: {ratio:.2f} (1 would be no difference).")
    return figure


def beside(scene: Scene, ports: set[int], posts: int) -> Sample:
    """Posts as long as every slow reader is there, at most so many. Raises AssertionError if none was so."""
    found: list[Sample] = []
    while sum(one.count for one in found) < posts:
        one = scene.posts(min(posts, AT_ONCE))
        if still_connected(scene.server, ports) < len(ports):
            break
        found.append(one)
    assert found, "the slow readers were gone before anything could be measured beside them"
    return Sample(
        times=[time for one in found for time in one.times],
        seconds=sum(one.seconds for one in found),
        cpu=sum(one.cpu for one in found),
        statuses={},
        deliveries=sum(one.deliveries for one in found),
        answered=[time for one in found for time in one.answered],
    )


def gone_after(server: Server, ports: set[int]) -> float:
    """The moment at which the server holds none of these connections any more; infinity if it keeps some."""
    end = time.monotonic() + CLOSED_WITHIN
    while still_connected(server, ports):
        if time.monotonic() > end:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic()


def judge_others(figure: Figure, rows: dict[str, Sample], readers: int) -> None:
    """Whoever reads had every post of every phase, counted where it arrived."""
    arrived = {name: sample.deliveries for name, sample in rows.items()}
    wanted = {name: sample.count * readers for name, sample in rows.items()}
    figure.check("every other reader had every post", arrived == wanted, arrived)


def judge_end(figure: Figure, slow: int, took: float, closed: float) -> None:
    """How the slow ones ended."""
    told = f"{took:.0f} s after they were level"
    figure.check(f"all {slow} are gone within {CLOSED_WITHIN} s", took < CLOSED_WITHIN, told)
    figure.check("each was closed with 4408", closed == slow, f"{closed:.0f}")
    figure.targets.append(Target("slow readers closed", f"< {CLOSED_WITHIN} s", told, took < CLOSED_WITHIN))


def p99(sample: Sample) -> float:
    """ms from the POST to the last of those who read."""
    return at_percent(sample.times, 99)


def row(name: str, sample: Sample) -> dict:
    """A phase."""
    return {
        "phase": name,
        "posts": sample.count,
        "p50 ms": at_percent(sample.times, 50),
        "p95 ms": at_percent(sample.times, 95),
        "p99 ms": p99(sample),
        "answered p95 ms": at_percent(sample.answered, 95),
        "CPU ms per post": sample.cpu / sample.count * 1000,
    }
