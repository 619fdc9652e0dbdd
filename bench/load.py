"""The process that makes the load, on a core of its own: one JSON job a line in, one JSON answer a line out.

Started by bench.driver. Its loop never stops, so that open sockets answer pings between two jobs.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping

import uvloop

from bench.http_clients import Wish, ask_repeatedly
from bench.listeners import Audience

audiences: dict[int, Audience] = {}


async def requests(port: int, wishes: list[list[str]], seconds: float, most: int) -> dict:
    """Ask with one client per wish."""
    return await ask_repeatedly(port, [Wish(*wish) for wish in wishes], seconds, most)


async def listen(port: int, handshakes: list[str], hellos: list[str] | None) -> dict:
    """Open more sockets on a server."""
    return await audiences.setdefault(port, Audience(port)).grow(handshakes, hellos)


async def posts(port: int, wish: list[str], count: int) -> dict:
    """Post and wait for the last socket, `count` times."""
    return await audiences.setdefault(port, Audience(port)).posts(Wish(*wish), count)


async def hang_up(port: int) -> dict:
    """Close all sockets on a server."""
    audiences.pop(port).close()
    return {}


JOBS = {job.__name__: job for job in (requests, listen, posts, hang_up)}


async def main(jobs: Mapping[str, Callable[..., Awaitable[dict]]] = JOBS) -> None:
    """Do jobs, by name, until the line is closed."""
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        name, arguments = json.loads(line)
        try:
            answer = await jobs[name](**arguments)
        except Exception as error:
            answer = {"error": f"{name}: {error!r}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
