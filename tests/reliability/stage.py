"""What every figure is given: profile, seed, people, channels, a Redis, and sites of real processes."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import TypeVar

from accounts.models import Member
from bench import site
from bench.driver import Driver, driving
from bench.machine import LOAD_CORE, SERVER_CORE, pin
from channels_app.models import Channel
from tests import factories, people
from tests.channels_app.live.wire import MortalRedis
from tests.site import LiveSite, running_site
from tests.waiting import require

Size = TypeVar("Size")
ALL_CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """What this thread starts meanwhile stays on one core; the thread itself comes back to the load's."""
    pin(0, core)
    try:
        yield
    finally:
        pin(0, LOAD_CORE)


@dataclass
class Stage:
    """One run. `folder` is for scratch files and logs, and is emptied at the next run."""

    profile: str
    seed: int
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    crowd: list[Member] = field(default_factory=list)

    def size(self, *, smoke: Size, short: Size, full: Size) -> Size:
        """How much to do in this profile."""
        return {"smoke": smoke, "short": short, "full": full}[self.profile]

    def chance(self, name: str) -> Random:
        """A source of chance that the run's seed repeats, for one figure or one part of it."""
        return Random(f"{self.seed} {name}")

    def scratch(self, name: str) -> Path:
        """An empty folder."""
        made = self.folder / f"{next(self.numbers):03}-{name}"
        made.mkdir(parents=True)
        return made

    def members(self, number: int) -> list[Member]:
        """So many ordinary members, each with a stream; the same ones every time."""
        self.crowd += people.crowd(number - len(self.crowd), after=len(self.crowd))
        return self.crowd[:number]

    def channel(self, *members: Member, **facts) -> Channel:
        """A new channel that these members are in; `kind="private"` and other facts as in factories."""
        slug = f"figure-{next(self.numbers)}"
        return factories.channel(slug, *members, **{"name": slug} | facts)

    @contextmanager
    def redis(self) -> Iterator[MortalRedis]:
        """A Redis of one's own (`.url`), which may be killed and started again; gone at the end."""
        found = MortalRedis(require("redis-server"), self.scratch("redis"))
        try:
            yield found
        finally:
            found.process.kill()
            found.process.wait()

    @contextmanager
    def site(
        self, *, live: int = 0, web: int = 0, jobs: int = 0, redis_url: str = "", **settings: str
    ) -> Iterator[LiveSite]:
        """Real `manage.py serve` processes on the servers' core: all in one, or so many of each part.

        Further keyword arguments are environment variables. A process started later by `site.start()` is put
        on the servers' core by starting it within `on_core(SERVER_CORE)`.
        """
        with ExitStack() as stack:
            with on_core(SERVER_CORE):
                found = stack.enter_context(
                    running_site(
                        self.scratch("site"), live=live, web=web, redis_url=redis_url, tell=quiet, **settings
                    )
                )
                for _ in range(jobs):
                    found.start_jobs()
            yield found

    def whole(self, ports: dict[str, int] | None = None, **settings: str):
        """A benchmark's server: everything in one process, with its CPU and memory to be read (bench.site).

        The load process knows its cookies. The same `ports` again start it anew at the same address.
        """
        found = site.site_of(self.scratch("whole"), ports or site.free_ports(), **settings)
        return found.whole()

    def workers(self, number: int, **settings: str):
        """The same with `serve --live --workers`: a supervisor above so many workers on one port."""
        found = site.site_of(self.scratch("workers"), site.free_ports(), **settings)
        parts = ("serve", "--live", "--workers", str(number), "--port")
        return found.serving("whole", "manage.py", *parts, ready="/live/healthz")

    @contextmanager
    def driver(self, module: str = "bench.load") -> Iterator[Driver]:
        """A load process on the load's core (bench.load), or one with more jobs."""
        with driving(module) as found:
            yield found


def quiet(text: str) -> None:
    """The logs stay in the stage's folder."""
