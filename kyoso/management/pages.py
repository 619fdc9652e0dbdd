"""The pages' server: granian, with workers that are renewed one by one without refusing anybody.

granian gives every worker a listening socket of its own, and what waits in a worker's queue is reset when it
leaves; after SIGHUP it gives a new worker 3.5 seconds and then takes the old one away, ready or not, with all
connections that stand open for further requests. Here all workers share one socket, a new one has loaded the
site before the old one goes, and that one first lets its clients go with their answers. The only place that
reaches into granian.
"""

import logging
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from multiprocessing.connection import Connection
from typing import Any

from django.urls import get_resolver
from granian._internal import load_target
from granian.constants import Interfaces
from granian.net import SocketHolder
from granian.server.mp import MPServer

from kyoso.lib import environment as env

BACKLOG = 4096
LOAD_SECONDS = 120  # for a new worker in a rolling restart
CLOSING_SECONDS = 5  # in which an old one ends the connections that its clients keep open
LEAVE_SECONDS = 30  # for the requests of an old one
CLOSE = signal.SIGUSR1
TARGET = "kyoso.wsgi:application"

logger = logging.getLogger(__name__)


class PageServer(MPServer):
    """granian on a socket that is bound already."""

    def __init__(self, found: socket.socket, **options: Any):
        super().__init__(TARGET, interface=Interfaces.WSGI, **options)
        self.found = found
        self.loaded, self.told = multiprocessing.Pipe(duplex=False)

    def run(self) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        self.serve(spawn_target=work, target_loader=Loader(self.told), wrap_loader=False)

    def _init_shared_socket(self) -> None:
        self._ssp = self._shd = None
        self._sso = self.found

    def _respawn_workers(
        self, workers: Sequence[int], spawn_target: Callable, target_loader: Callable, delay: float = 0
    ) -> None:
        """Renew workers. Without a delay they have crashed, and there is nothing to wait for."""
        if not delay:
            super()._respawn_workers(workers, spawn_target, target_loader)
            return
        for place in workers:
            self.respawned_wrks[place] = time.monotonic()
            successor = self._spawn_worker(idx=place, target=spawn_target, callback_loader=target_loader)
            if not self.is_ready(successor):
                logger.error("a new page worker does not get ready; the old ones stay")
                successor.kill()
                return
            former, self.wrks[place] = self.wrks[place], successor
            self.see_out(former)

    def is_ready(self, successor: Any) -> bool:
        """Start a worker and wait until it has loaded the site. False when it dies or takes too long."""
        while self.loaded.poll():
            self.loaded.recv_bytes()
        successor.interrupt_by_parent = True  # granian would replace the old one when this one dies
        successor.start()
        limit = time.monotonic() + LOAD_SECONDS
        while time.monotonic() < limit and successor.is_alive() and not self.interrupt_signal:
            if self.loaded.poll(0.1):
                successor.interrupt_by_parent = False
                return True
        return False

    def see_out(self, former: Any) -> None:
        """Let an old worker send its clients to the others, finish its requests and go."""
        os.kill(former.inner.pid, CLOSE)
        self.main_loop_interrupt.wait(CLOSING_SECONDS)
        former.terminate()
        former.join(LEAVE_SECONDS)
        if former.is_alive():
            logger.error("a page worker does not leave and is killed")
            former.kill()
            former.join()


class Loader:
    """Loads the site in a worker, with all its pages, and says so: the first visitor need not wait for it."""

    def __init__(self, told: Connection):
        self.told = told

    def __call__(self) -> Callable:
        site = Site(load_target(TARGET))
        get_resolver().url_patterns  # noqa: B018 (Django imports the pages when it is first asked for one)
        self.told.send_bytes(b"!")
        return site


class Site:
    """The pages of one worker. Once told that it will go, it ends each connection with its next answer."""

    def __init__(self, pages: Callable):
        self.pages, self.closing = pages, False
        signal.signal(CLOSE, self.close)

    def close(self, *_: object) -> None:
        """Begin to end connections."""
        self.closing = True

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        if not self.closing:
            return self.pages(environ, start_response)

        def last(status: str, headers: list, *more: Any) -> Any:
            return start_response(status, [*headers, ("Connection", "close")], *more)

        return self.pages(environ, last)


def work(number: int, name: str | None, loader: Callable, sockets: tuple, *options: Any) -> None:
    """granian's own worker, on the socket that this process has inherited."""
    _, shared = sockets
    held = SocketHolder(shared.fileno(), False, BACKLOG)  # type: ignore[call-arg]
    MPServer._spawn_wsgi_worker(number, name, loader, ((None, held), None), *options)


def serve_pages(found: socket.socket) -> None:
    """Run granian on a bound socket: PAGE_WORKERS processes with PAGE_THREADS threads each.

    Workers are begun from nothing, not forked, so that a renewed one runs the code that is there now.
    """
    multiprocessing.set_start_method("spawn", force=True)
    host, port, *_ = found.getsockname()
    PageServer(
        found,
        address=host,
        port=port,
        workers=env.number("PAGE_WORKERS", os.cpu_count() or 1, 1, 64),
        blocking_threads=env.number("PAGE_THREADS", 8, 1, 100),
        backlog=BACKLOG,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=LEAVE_SECONDS,
        websockets=False,
    ).run()
