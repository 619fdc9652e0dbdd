"""The load process of the figures: bench.load with sockets that never read, that come and go, that come back.

Started by stage.driver("tests.reliability.load").
"""

import asyncio
import socket
import struct
from dataclasses import dataclass, field
from random import Random

import uvloop

from bench import load
from bench.http_clients import HOST
from bench.listeners import CLOSE, PATIENCE, READY, Listener, framed
from tests.reliability.returning import Herd

SEGMENT, WINDOW = 1_400, 4_096  # bytes: a line of the outside world, where the loopback would hold megabytes


@dataclass
class Stuck:
    """The sockets that stopped reading when they were level."""

    listeners: list[Listener] = field(default_factory=list)


stuck = Stuck()


class NeverReading(Listener):
    """A client that reads until it is level, and then never again."""

    def told(self, kind: int, payload: bytes) -> None:
        """Stop at the first moment at which it would be live."""
        super().told(kind, payload)
        if payload == READY:
            self.transport.pause_reading()


async def stall(port: int, handshakes: list[str], hellos: list[str]) -> dict:
    """Open sockets that never read; returns their local ports."""
    loop = asyncio.get_running_loop()
    for handshake, hello in zip(handshakes, hellos, strict=True):
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, WINDOW)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        line.setblocking(False)
        await loop.sock_connect(line, (HOST, port))
        _, listener = await loop.create_connection(
            lambda words=(handshake, hello): NeverReading(*words, lambda payload: None), sock=line
        )
        await asyncio.wait_for(listener.ready, PATIENCE)
        stuck.listeners.append(listener)
    return {"ports": [one.transport.get_extra_info("sockname")[1] for one in stuck.listeners]}


async def let_go() -> dict:
    """Drop the sockets that never read."""
    for listener in stuck.listeners:
        listener.transport.abort()
    stuck.listeners.clear()
    return {}


async def churn(port: int, handshakes: list[str], hellos: list[str]) -> dict:
    """Close the oldest sockets on a server and open as many new ones."""
    audience = load.audiences[port]
    leaving = audience.listeners[: len(handshakes)]
    del audience.listeners[: len(handshakes)]
    for listener in leaving:
        listener.transport.write(framed(CLOSE, struct.pack("!H", 1001)))
        listener.transport.close()
    return await audience.grow(handshakes, hellos)


async def gather(port: int, handshakes: list[str], hellos: list[str], seed: int) -> dict:
    """Open sockets that come back whenever they are closed; answers when all are live."""
    herd = herds[port] = Herd(port, Random(seed))
    return await herd.gather(handshakes, hellos)


async def returned(port: int, since: float, marker: str) -> dict:
    """Wait until all have lost their server and are live again (see Herd.returned)."""
    return await herds[port].returned(since, marker.encode())


async def scatter(port: int) -> dict:
    """Send a herd away for good."""
    await herds.pop(port).scatter()
    return {}


herds: dict[int, Herd] = {}
JOBS = (stall, let_go, churn, gather, returned, scatter)
load.JOBS |= {job.__name__: job for job in JOBS}

if __name__ == "__main__":
    uvloop.run(load.main())
