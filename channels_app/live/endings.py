"""The end of what runs beside the loop's other work."""

import asyncio
from collections.abc import Iterable

PATIENCE = 0.2  # seconds until a task is asked once more


async def end(tasks: Iterable[asyncio.Task]) -> None:
    """Cancel tasks, again and again until every one has ended; how they ended does not matter.

    Once is not enough: the clients of Redis can swallow a cancellation (measured with redis-py 8.1.0: one
    publication in ten that was cancelled), and a server that waits for such a task never stops.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        ended, running = await asyncio.wait(running, timeout=PATIENCE)
        for task in ended:
            task.cancelled() or task.exception()  # so that nobody complains that it was never looked at
