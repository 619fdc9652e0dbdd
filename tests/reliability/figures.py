"""What a figure is: rows to read, checks that decide, targets that are stated as met or not met."""

import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import FrameType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.reliability.stage import Stage

# One row per figure: its module in this package, with measure(stage) -> Figure.
FIGURES = {
    "R1": "sequence",
    "R2": "oracle",
    "R3": "matrix",
    "R4": "kills",
    "R5": "herd",
    "R6": "fanout",
    "R7": "soak",
    "R8": "slow",
    "R9": "model",
    "R12": "drill",
    "R13": "upgrade",
}
# Seconds after which a figure has failed, by profile.
LIMITS = {"smoke": 120, "short": 300, "full": 4 * 3600}
PROFILES = tuple(LIMITS)


@dataclass(frozen=True)
class Check:
    """Something that must be so, whatever the machine; one that is not makes the exit status 1.

    A control arm has its check too: that it failed, as it must.
    """

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True)
class Target:
    """A stated target beside what was measured. `met` is None where this profile does not measure it.

    `promise` is the key of the line of the service page it belongs to (report.PROMISES).
    """

    name: str
    wanted: str
    measured: str
    met: bool | None
    promise: str = ""


@dataclass
class Figure:
    """What `measure` gives back. All rows have the same keys, which become the heads of the table."""

    id: str
    title: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seconds: float = 0.0  # filled in by `made`

    def check(self, name: str, ok: bool, detail: Any = "") -> None:
        """Note something that must be so."""
        self.checks.append(Check(name, bool(ok), str(detail)))

    @property
    def ok(self) -> bool:
        """Whether everything is so that must be; a figure that checked nothing has proved nothing."""
        return bool(self.checks) and all(check.ok for check in self.checks)


class OutOfTime(SystemExit):
    """A figure has used up its time. A SystemExit, because an asyncio loop lets nothing else through."""


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Raise OutOfTime in the main thread when the block takes longer."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise OutOfTime(f"not ready after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def made(name: str, stage: "Stage") -> Figure:
    """Make one figure; what goes wrong on the way is a failed check, and the next figure has its turn."""
    begun = time.monotonic()
    try:
        with bounded(LIMITS[stage.profile]):
            figure = import_module(f"tests.reliability.{FIGURES[name]}").measure(stage)
    except (Exception, OutOfTime, pytest.fail.Exception, pytest.skip.Exception) as error:
        figure = Figure(name, "not made")
        figure.check("the figure was made", False, f"{type(error).__name__}: {error}")
        figure.notes.append(traceback.format_exc())
    figure.seconds = round(time.monotonic() - begun, 1)
    return figure
