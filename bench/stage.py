"""What every figure is given, and what it gives back."""

from dataclasses import dataclass, field
from pathlib import Path

from bench.arms import Outcome
from bench.driver import Driver
from bench.site import Site
from channels_app.models import Channel


@dataclass(frozen=True)
class Size:
    """How much is done per turn."""

    rounds: int = 5
    seconds: float = 2.0  # of a turn with requests
    most: int = 1_000_000  # requests of a turn
    posts: int = 15  # of a turn with sockets
    sockets: tuple[int, ...] = (100, 500)
    clients: tuple[int, ...] = (1, 8)
    asks: int = 400  # of each kind at a door


TINY = Size(rounds=1, seconds=30, most=2, posts=2, sockets=(3, 6), clients=(1, 2), asks=2)


@dataclass(frozen=True)
class Stage:
    """The site under test, the load process, a folder for scratch files, and how much to do."""

    site: Site
    driver: Driver
    folder: Path
    size: Size


def channels() -> list[Channel]:
    """Three open channels, of the seeded ones the busiest: one to read, one to post in, one to listen in."""
    kinds = (Channel.Kind.TOPIC, Channel.Kind.CASUAL)
    return list(Channel.objects.living().filter(kind__in=kinds).order_by("pk")[:3])


@dataclass
class Row:
    """One line of the table: an arm and what it did."""

    arm: str
    outcome: Outcome | None
    queries: int | None = None
    bytes: int | None = None
    gzip: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal of docs/performance.md: `measured` must be at least (or, with `at_most`, at most) `bound`."""

    name: str
    bound: float
    measured: float
    unit: str = "×"
    at_most: bool = False
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the figure of this run reaches it."""
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound


@dataclass
class Figure:
    """One part of the report."""

    title: str
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
