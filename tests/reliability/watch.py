"""What a server uses while something else goes on: looked at from outside, several times a second."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil
from django.db import connection, connections

from bench.site import Server

MIB = 1024 * 1024


@dataclass
class Watch:
    """Samples of several quantities, each a row of (seconds since the beginning, amount)."""

    looks: dict[str, Callable[[], float]]
    period: float = 0.2
    seen: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def peak(self, name: str) -> float:
        """The largest amount seen."""
        return max(amount for _, amount in self.seen[name])

    def keep_looking(self, done: threading.Event) -> None:
        """Look until told to stop; a server that is just not there is passed over."""
        begun = time.monotonic()
        try:
            self.look(begun)
            while not done.wait(self.period):
                self.look(begun)
            self.look(begun)
        finally:
            connections.close_all()

    def look(self, begun: float) -> None:
        """Look once at everything."""
        for name, look in self.looks.items():
            with suppress(psutil.Error):
                self.seen.setdefault(name, []).append((time.monotonic() - begun, look()))


@contextmanager
def watching(period: float = 0.2, **looks: Callable[[], float]) -> Iterator[Watch]:
    """Look in a thread of one's own until the block ends."""
    watch, done = Watch(looks, period), threading.Event()
    thread = threading.Thread(target=watch.keep_looking, args=[done])
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()


def back_ends() -> float:
    """Connections to the database, this one not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def descriptors(server: Server) -> float:
    """Open files and sockets of all processes of a server."""
    return sum(one.num_fds() for one in server.tree())


def still_connected(server: Server, ports: set[int]) -> int:
    """How many of these client ports a server still holds a TCP connection with, in whatever state."""
    held = [line for one in server.tree() for line in one.net_connections("tcp") if line.raddr]
    return sum(line.raddr.port in ports for line in held)
