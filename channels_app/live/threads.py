"""Database work of the live connections: in a few threads of their own, which never keep a connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connections

# The sweep stands apart: a herd of returning clients must not make it wait.
DOORS = ThreadPoolExecutor(max_workers=3, thread_name_prefix="live-doors")
WATCH = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-watch")

Call = tuple[asyncio.Future, Callable[[], Any]]


async def in_thread(function: Callable, *args: Any, pool: ThreadPoolExecutor = DOORS) -> Any:
    """The result of a blocking function. Its database connection goes back to the pool afterwards."""
    return await asyncio.get_running_loop().run_in_executor(pool, _briefly, partial(function, *args))


async def together(function: Callable, *args: Any) -> Any:
    """The result of a short blocking function, called in one go with all that wait at this moment.

    In a herd of returning clients the way into a thread and to a database connection costs more than the
    question itself; here they share it. Alone, a call goes at once.
    """
    queue = Queue.of(asyncio.get_running_loop())
    answer = queue.loop.create_future()
    queue.waiting.append((answer, partial(function, *args)))
    if not queue.under_way:
        queue.go()
    return await answer


class Queue:
    """What waits on one loop, and whether a thread is at work for it."""

    present: "Queue | None" = None

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.waiting: list[Call] = []
        self.under_way = False

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> "Queue":
        """The loop's queue; a process has one such loop at a time."""
        if cls.present is None or cls.present.loop is not loop:
            cls.present = cls(loop)
        return cls.present

    def go(self) -> None:
        """Take all that wait into a thread."""
        calls, self.waiting, self.under_way = self.waiting, [], True
        going = self.loop.run_in_executor(DOORS, _briefly, partial(_outcomes, calls))
        going.add_done_callback(partial(self.back, calls))

    def back(self, calls: list[Call], going: asyncio.Future) -> None:
        """Hand out the outcomes, and go again for who came meanwhile."""
        lost = RuntimeError("cancelled") if going.cancelled() else going.exception()
        outcomes = [(None, lost)] * len(calls) if lost else going.result()
        for (answer, _), (outcome, failure) in zip(calls, outcomes, strict=True):
            if answer.done():
                continue
            if failure:
                answer.set_exception(failure)
            else:
                answer.set_result(outcome)
        self.under_way = False
        if self.waiting:
            self.go()


def _outcomes(calls: list[Call]) -> list[tuple[Any, Exception | None]]:
    return [_outcome(call) for answer, call in calls]


def _outcome(call: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return call(), None
    except Exception as error:
        connections.close_all()  # the next call must not inherit a broken connection
        return None, error


def _briefly(call: Callable[[], Any]) -> Any:
    try:
        return call()
    finally:
        connections.close_all()
