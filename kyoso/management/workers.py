"""One worker among several on a port: it shares their listening socket and answers to their supervisor.

Two pipes join them. Down the first the worker beats every few seconds, and says once that it is ready. The
second is its order: a byte means that a successor has taken over, its end that the supervisor is gone.
"""

import asyncio
import contextlib
import os
import socket
from dataclasses import dataclass

from channels_app.live import hub
from kyoso.management.serving import DrainingServer, run, uvicorn_config

BEAT_SECONDS = 5
ALIVE, READY, RETIRE = b".", b"!", b"r"


@dataclass(frozen=True, slots=True)
class Ties:
    """The file descriptors that a worker inherits: the listening socket and its ends of the two pipes."""

    listening: int
    beats: int
    orders: int

    def written(self) -> str:
        """As an argument of the command line."""
        return f"{self.listening},{self.beats},{self.orders}"


def ties(text: str) -> Ties:
    """Read what `written` wrote. Raises ValueError."""
    return Ties(*map(int, text.split(",")))


class WorkerServer(DrainingServer):
    """A draining server that beats, says when its hub runs, and leaves when told or when nobody watches."""

    def __init__(self, spread: float, tied: Ties):
        super().__init__(uvicorn_config("kyoso.asgi:live_application"), spread)
        self.tied = tied

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then begin to beat and to listen to orders."""
        await super().startup(sockets)
        os.set_blocking(self.tied.beats, False)
        asyncio.get_running_loop().add_reader(self.tied.orders, self.obey)
        self.beating = asyncio.create_task(self.beat())

    async def beat(self) -> None:
        """Show that the loop turns, for ever."""
        said_ready = False
        while True:
            self.say(ALIVE)
            if not said_ready and hub.running():
                self.say(READY)
                said_ready = True
            await asyncio.sleep(BEAT_SECONDS if said_ready else 0.1)

    def say(self, word: bytes) -> None:
        """Tell the supervisor; when it is gone, nobody."""
        with contextlib.suppress(OSError):
            os.write(self.tied.beats, word)

    def obey(self) -> None:
        """Leave for a successor, or because nobody watches any more."""
        order = os.read(self.tied.orders, 1)
        asyncio.get_running_loop().remove_reader(self.tied.orders)
        self.succeeded = order == RETIRE
        self.should_exit = True


def work(written: str, spread: float) -> None:
    """Serve as a worker until told to leave."""
    tied = ties(written)
    run(WorkerServer(spread, tied), socket.socket(fileno=tied.listening))
