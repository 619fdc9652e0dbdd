"""Database work of the live connections: in a few threads of their own, which never keep a connection."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

# The sweep stands apart: a herd of returning clients must not make it wait.
DOORS = ThreadPoolExecutor(max_workers=3, thread_name_prefix="live-doors")
WATCH = ThreadPoolExecutor(max_workers=1, thread_name_prefix="live-watch")


async def in_thread(function: Callable, *args: Any, pool: ThreadPoolExecutor = DOORS) -> Any:
    """The result of a blocking function. Its database connection goes back to the pool afterwards."""
    return await asyncio.get_running_loop().run_in_executor(pool, _briefly, function, args)


def _briefly(function: Callable, args: tuple) -> Any:
    try:
        return function(*args)
    finally:
        connections.close_all()
