"""An event loop whose time is made, not waited for, and whose threads are moments of that time."""

import asyncio
import selectors
from collections.abc import Callable
from random import Random
from typing import Any


class Idle(selectors.SelectSelector):
    """Waits for nothing: where a loop would sleep, its clock moves on."""

    loop: "VirtualLoop"

    def select(self, timeout: float | None = None) -> list:
        if timeout is None:
            raise RuntimeError("everything waits for something that will never come")
        self.loop.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop on a virtual clock. What the product does in threads runs on it as well: a call takes a while
    until it looks, and its answer another while until it arrives, so that much happens in between.
    """

    def __init__(self, chance: Random):
        self.now, self.chance, self.slowness = 0.0, chance, 0.02
        idle = Idle()
        idle.loop = self
        super().__init__(idle)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.now

    def run_in_executor(self, executor: Any, func: Callable, *args: Any) -> asyncio.Future:  # type: ignore[override]
        """The outcome of a call in a thread: seen at one moment, known at a later one."""
        outcome = self.create_future()
        self.call_later(self.pause(), self._look, outcome, func, args)
        return outcome

    def pause(self) -> float:
        """How long one way to the database takes, in seconds."""
        return self.chance.random() ** 3 * self.slowness

    def _look(self, outcome: asyncio.Future, func: Callable, args: tuple) -> None:
        try:
            found, failure = func(*args), None
        except Exception as error:
            found, failure = None, error
        self.call_later(self.pause(), self._tell, outcome, found, failure)

    def _tell(self, outcome: asyncio.Future, found: Any, failure: Exception | None) -> None:
        if outcome.done():
            return
        if failure:
            outcome.set_exception(failure)
        else:
            outcome.set_result(found)

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass, with everything that happens in it."""
        self.run_until_complete(asyncio.sleep(seconds))

    def end(self) -> None:
        """Cancel what still runs and close."""
        left = asyncio.all_tasks(self)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(asyncio.wait(left, timeout=60))
        self.close()
