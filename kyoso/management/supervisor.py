"""The process above several workers: starts them, replaces those that end, renews them one by one.

SIGHUP: each worker is replaced by a new one, which is ready before the old one begins to drain; nobody is
refused meanwhile, because all share one listening socket. SIGTERM or Ctrl-C: all drain and leave; a second
Ctrl-C cuts it short. A worker that crashes, or does not beat any more, is replaced.
"""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile

from channels_app.live.endings import end
from channels_app.live.metrics import SHARED_FOLDER
from kyoso.management.workers import READY, RETIRE, Ties

SILENCE_SECONDS = 60  # without a beat: the loop does not turn any more
READY_SECONDS = 120  # for a new worker in a rolling restart
CLOSE_SECONDS = 35  # after the drain: the server gives open requests 30, and a stop timeout is often 60
SHORTEST_PAUSE, LONGEST_PAUSE = 1, 10  # seconds until what crashed is started again

logger = logging.getLogger(__name__)


class Worker:
    """One worker process as seen from above."""

    def __init__(self, process: asyncio.subprocess.Process, beats: int, orders: int):
        self.process, self.orders = process, orders
        self.ready, self.gone, self.replaced = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.watching = asyncio.create_task(self.watch(beats))

    async def watch(self, beats: int) -> None:
        """Listen to its beats until it ends; a silent one is killed."""
        loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
        pipe = os.fdopen(beats, "rb")
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while said := await asyncio.wait_for(reader.read(64), SILENCE_SECONDS):
                if READY in said:
                    self.ready.set()
        except TimeoutError:
            logger.error("worker %d does not beat any more and is killed", self.process.pid)
            self.process.kill()
        await self.process.wait()
        transport.close()
        os.close(self.orders)
        self.gone.set()

    def retire(self) -> None:
        """Let it drain: a successor listens already. One that has just died hears nothing any more."""
        self.replaced.set()
        if not self.gone.is_set():
            with contextlib.suppress(BrokenPipeError):
                os.write(self.orders, RETIRE)

    def signal(self, how: int) -> None:
        """Send a signal, unless it has ended."""
        if self.process.returncode is None:
            self.process.send_signal(how)

    async def leave(self, limit: float) -> None:
        """Wait for its end; kill it after `limit` seconds."""
        try:
            await asyncio.wait_for(self.gone.wait(), limit)
        except TimeoutError:
            logger.error("worker %d does not leave and is killed", self.process.pid)
            self.signal(signal.SIGKILL)
            await self.gone.wait()


class Supervisor:
    """All workers of one port. `failed`: not one of them ever got ready."""

    def __init__(self, found: socket.socket, number: int, spread: float):
        self.found, self.number = found, number
        self.limit = spread + CLOSE_SECONDS
        self.present: dict[int, Worker] = {}
        self.living: set[Worker] = set()
        self.stopping = asyncio.Event()
        self.renewing: asyncio.Task | None = None
        self.proven = self.failed = False

    async def run(self) -> bool:
        """Keep the workers until told to stop, then see all of them out. False when none ever got ready."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.interrupt)
        loop.add_signal_handler(signal.SIGHUP, self.restart)
        keeping = [asyncio.create_task(self.keep(place)) for place in range(self.number)]
        await self.stopping.wait()
        await asyncio.gather(*keeping, *([self.renewing] if self.renewing else []))
        await asyncio.gather(*[worker.leave(self.limit) for worker in tuple(self.living)])
        return not self.failed

    async def begin(self) -> Worker:
        """Start a worker. It is in no terminal's foreground: Ctrl-C reaches it through us, once."""
        beats, told = os.pipe()
        heard, orders = os.pipe()
        tied = Ties(self.found.fileno(), told, heard)
        command = [sys.executable, sys.argv[0], "serve", "--worker", tied.written()]
        inherited = (tied.listening, told, heard)
        process = await asyncio.create_subprocess_exec(*command, pass_fds=inherited, process_group=0)
        os.close(told)
        os.close(heard)
        worker = Worker(process, beats, orders)
        self.living.add(worker)
        if self.stopping.is_set():
            worker.signal(signal.SIGTERM)
        return worker

    async def keep(self, place: int) -> None:
        """One worker at this place until we stop, whoever put it there."""
        pause = 0.0
        self.present[place] = await self.begin()
        while not self.stopping.is_set():
            worker = self.present[place]
            await first_of(worker.gone, worker.replaced)
            if worker is not self.present[place]:
                continue  # whoever replaced it sees it out
            self.living.discard(worker)
            if self.stopping.is_set():
                continue
            pause = self.mourned(worker, pause)
            await self.rest(pause)
            if worker is self.present[place] and not self.stopping.is_set():
                self.present[place] = await self.begin()

    def mourned(self, worker: Worker, pause: float) -> float:
        """A worker ended by itself: the seconds until the next. When none has ever got ready, all stop."""
        logger.error("worker %d ended with %s", worker.process.pid, worker.process.returncode)
        self.proven = self.proven or worker.ready.is_set()
        if not self.proven and not any(other.ready.is_set() for other in self.living):
            self.failed = True
            self.stop()
        return SHORTEST_PAUSE if worker.ready.is_set() else min(LONGEST_PAUSE, 2 * pause + SHORTEST_PAUSE)

    async def rest(self, seconds: float) -> None:
        """Wait, but no longer than we are wanted."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)

    def stop(self) -> None:
        """Let all workers drain and leave."""
        self.stopping.set()
        for worker in self.living:
            worker.signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """The first Ctrl-C is a stop; the second reaches the workers as one and cuts their drain short."""
        if not self.stopping.is_set():
            self.stop()
            return
        for worker in self.living:
            worker.signal(signal.SIGINT)

    def restart(self) -> None:
        """Renew all workers, one by one; while that goes on, nothing more."""
        if self.renewing is None or self.renewing.done():
            self.renewing = asyncio.create_task(self.renew())

    async def renew(self) -> None:
        """Replace each worker by one that is ready. When one does not get ready, the old ones stay."""
        for place in range(self.number):
            successor = await self.begin()
            if not await self.is_wanted(successor):
                successor.signal(signal.SIGTERM)
                await successor.leave(self.limit)
                self.living.discard(successor)
                return
            former, self.present[place] = self.present[place], successor
            former.retire()
            await former.leave(self.limit)
            self.living.discard(former)
        logger.info("all workers are new")

    async def is_wanted(self, successor: Worker) -> bool:
        """Whether a new worker gets ready in time and is still wanted then."""
        await first_of(successor.ready, successor.gone, self.stopping, limit=READY_SECONDS)
        if self.stopping.is_set():
            return False
        if successor.gone.is_set() or not successor.ready.is_set():
            logger.error("worker %d does not get ready; the old ones stay", successor.process.pid)
            return False
        return True


async def first_of(*events: asyncio.Event, limit: float | None = None) -> None:
    """Wait until one of the events is set, at most `limit` seconds."""
    signs = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(signs, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
    await end(signs)


def supervise(found: socket.socket, number: int, spread: float) -> bool:
    """Run workers on a bound socket until SIGTERM or Ctrl-C. False when none ever got ready.

    Their figures are added up in one folder, which is removed at the end.
    """
    folder = os.environ[SHARED_FOLDER] = tempfile.mkdtemp(prefix="kyoso-figures-")
    try:
        return asyncio.run(Supervisor(found, number, spread).run())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
