"""Arms: what is compared. They take turns in one run, so that a noisy moment hits all of them."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.driver import Driver
from bench.site import Server

ROUNDS = 5
ANSWERED = {"200", "201", "303"}


class ArmFailed(Exception):
    """An arm did not do its work, so its times mean nothing."""


@dataclass(frozen=True)
class Sample:
    """One turn of an arm: times in ms, wall and server CPU in seconds, what was answered."""

    times: list[float]
    seconds: float
    cpu: float
    statuses: dict[str, int]
    bytes: int = 0
    deliveries: int = 0
    answered: Sequence[float] = ()  # ms until the answer, where `times` go on until the last delivery

    @property
    def count(self) -> int:
        """How many requests (or posts) were answered."""
        return len(self.times)


@dataclass
class Outcome:
    """All turns of one arm. Figures are medians over the turns; percentiles are over all requests."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Requests per second of wall time."""
        return statistics.median(sample.count / sample.seconds for sample in self.samples)

    @property
    def per_cpu_second(self) -> float | None:
        """Requests per CPU second of the server's processes; None where that was too little to measure."""
        used = [sample for sample in self.samples if sample.cpu > 0]
        return statistics.median(sample.count / sample.cpu for sample in used) if used else None

    @property
    def cpu_each(self) -> float:
        """CPU microseconds of the server for one request, over all turns: the clock ticks in 10 ms."""
        return sum(sample.cpu for sample in self.samples) / sum(s.count for s in self.samples) * 1e6

    @property
    def spread(self) -> float:
        """(largest - smallest) / median of the turns' requests per second."""
        rates = [sample.count / sample.seconds for sample in self.samples]
        return (max(rates) - min(rates)) / statistics.median(rates)

    @property
    def bytes(self) -> int:
        """The size of the largest answer."""
        return max(sample.bytes for sample in self.samples)

    @property
    def deliveries(self) -> int:
        """Frames that arrived, in all turns."""
        return sum(sample.deliveries for sample in self.samples)

    @property
    def statuses(self) -> set[str]:
        """Every status that was answered."""
        return {status for sample in self.samples for status in sample.statuses}

    def percentile(self, percent: int) -> float:
        """The time in ms below which `percent` of all requests were answered."""
        return at_percent([time for sample in self.samples for time in sample.times], percent)

    def acknowledged(self, percent: int) -> float:
        """The same of the answers to posts."""
        return at_percent([time for sample in self.samples for time in sample.answered], percent)

    @property
    def best(self) -> float:
        """The lowest of the turns' median times in ms: what remains when nothing else disturbs."""
        return min(statistics.median(sample.times) for sample in self.samples)

    @property
    def typical(self) -> float:
        """The median over the turns of their median time in ms."""
        return statistics.median(statistics.median(sample.times) for sample in self.samples)


def at_percent(times: Sequence[float], percent: int) -> float:
    """The value below which `percent` of these are."""
    return sorted(times)[min(len(times) - 1, len(times) * percent // 100)]


@dataclass(frozen=True)
class Arm:
    """A named way of doing the work once."""

    name: str
    turn: Callable[[], Sample]


def alternate(arms: Sequence[Arm], rounds: int = ROUNDS) -> dict[str, Outcome]:
    """Warm every arm up once, then give each a turn, `rounds` times; outcomes by name."""
    for arm in arms:
        arm.turn()
    outcomes = {arm.name: Outcome(arm.name) for arm in arms}
    for turn in range(rounds):
        # Every other round backwards: no arm always follows the same one.
        for arm in arms if turn % 2 == 0 else arms[::-1]:
            outcomes[arm.name].samples.append(arm.turn())
    return outcomes


def measured(driver: Driver, server: Server, job: str, **arguments) -> Sample:
    """One turn through the load process, with the CPU the server spent on it. Raises ArmFailed."""
    before = server.cpu_seconds()
    told = driver.ask(job, port=server.port, **arguments)
    refused = {status for status in told["statuses"] if status not in ANSWERED}
    if refused:
        raise ArmFailed(f"{server.name} answered {', '.join(refused)}: {server.last_words()}")
    return Sample(
        times=told["times"],
        seconds=told["seconds"],
        cpu=server.cpu_seconds() - before,
        statuses=told["statuses"],
        bytes=told["bytes"],
        deliveries=told.get("deliveries", 0),
        answered=told.get("answered", ()),
    )
