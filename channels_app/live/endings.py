"""The end of what runs beside the loop's other work, wanted or not."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

PATIENCE = 0.2  # seconds until a task is asked once more
AGAIN_SECONDS = 1  # until what has failed is tried again

logger = logging.getLogger(__name__)


async def end(tasks: Iterable[asyncio.Task]) -> None:
    """Cancel tasks, again and again until every one has ended; how they ended does not matter.

    Once is not enough: the clients of Redis can swallow a cancellation (measured with redis-py 8.1.0: one
    publication in ten that was cancelled), and a server that waits for such a task never stops.
    """
    running = tasks = set(tasks)
    while running := {task for task in running if not task.done()}:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=PATIENCE)
    for task in tasks:
        task.cancelled() or task.exception()  # so that nobody complains that it was never looked at


async def kept(work: Callable[[], Awaitable[None]]) -> None:
    """Do something for ever: start it anew whatever ends it, also when a library ends it by a cancellation
    that nobody asked for. Ends when its task is cancelled.
    """
    while True:
        try:
            await work()
        except (Exception, asyncio.CancelledError) as error:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            logger.exception("%r failed and is started again: %r", work, error)
        await asyncio.sleep(AGAIN_SECONDS)
