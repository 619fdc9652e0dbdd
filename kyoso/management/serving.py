"""uvicorn, for the live connections and the one-process mode: its settings, and its drain before leaving."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from django.core.management.base import CommandError

from channels_app.live import goodbye
from kyoso.lib import environment as env
from kyoso.management.ready_frames import ReadyFrames

BACKLOG = 4096
SECONDS_BETWEEN_LOOKS = 0.2
# Objects made between two looks of the collector; Python's 700 are for small programs.
COLLECT_AFTER = (10_000, 20, 20)
# Python's 5 ms are what a page's thread may keep the loop, and so everybody's frames, waiting.
SWITCH_SECONDS = 0.001

logger = logging.getLogger(__name__)


class DrainingServer(uvicorn.Server):
    """A uvicorn server that says goodbye before it leaves.

    uvicorn closes all WebSockets at once at SIGTERM; the drain before it spreads the clients' return over
    `spread` seconds. A second Ctrl-C cuts it short.
    """

    def __init__(self, config: uvicorn.Config, spread: float, announce: Callable[[], None] = lambda: None):
        super().__init__(config)
        self.spread = spread
        self.announce = announce
        self.succeeded = False  # another process listens on our socket

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the person at the keyboard."""
        await super().startup(sockets)
        settle_down()
        if self.started:
            self.announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain, then do what uvicorn does."""
        await self.drain()
        await super().shutdown(sockets)

    async def drain(self) -> None:
        """Wait for the hub's goodbyes; a failing goodbye does not keep the server from stopping."""
        self.turn_away()
        draining = asyncio.ensure_future(self.say_goodbye())
        while not draining.done() and not self.force_exit:
            await asyncio.wait([draining], timeout=SECONDS_BETWEEN_LOOKS)
        draining.cancel()
        (outcome,) = await asyncio.gather(draining, return_exceptions=True)
        if isinstance(outcome, Exception):
            logger.error("the drain failed", exc_info=outcome)

    async def say_goodbye(self) -> None:
        """Drain the hub; with a successor, for no less time than uvicorn keeps idle connections.

        By then each has ended with an answer or by itself: none is closed while a request is on its way.
        """
        least = self.config.timeout_keep_alive if self.succeeded else 0
        await asyncio.gather(goodbye.drain(self.spread, succeeded=self.succeeded), asyncio.sleep(least))

    def turn_away(self) -> None:
        """End every HTTP connection with its next answer; a successor gets all new ones."""
        if self.succeeded:
            for server in self.servers:
                server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        for connection in self.server_state.connections:
            cycle = getattr(connection, "cycle", None)
            if cycle:
                cycle.keep_alive = False


def settle_down() -> None:
    """Tune the interpreter for a process that now holds all its modules and will hold thousands of sockets.

    Side effects in order: what is loaded is taken out of the collector's sight for good (in a herd of
    returning clients, looking through it was a third of the work); the collector looks more rarely; threads
    take turns faster.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)


def uvicorn_config(application: str) -> uvicorn.Config:
    """The server settings; the reason for each figure is in docs/live.md (Server settings)."""
    proxies = env.text("FORWARDED_ALLOW_IPS")
    return uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
        lifespan="on",
        ws=ReadyFrames,
        ws_max_size=65_536,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        timeout_graceful_shutdown=30,
        limit_concurrency=8_000,
        backlog=BACKLOG,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        server_header=False,
        access_log=False,
        log_config=None,
        # At "info" it writes two lines for every socket that opens.
        log_level="warning",
    )


def taken_socket(host: str, port: int) -> socket.socket:
    """A socket bound to the address, before anything slow is done. Raises CommandError when it is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        # Two sockets may be bound to one address as long as none listens.
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise CommandError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Choose another one: PORT={port + 1}"
        ) from error
    return found


def leave_politely() -> None:
    """Make SIGTERM and SIGHUP end the process like sys.exit, so that the embedded PostgreSQL is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))


def serve_asgi(
    application: str, found: socket.socket, *, spread: float, announce: Callable[[], None]
) -> None:
    """Run uvicorn on a bound socket until SIGTERM or Ctrl-C, and drain before leaving."""
    run(DrainingServer(uvicorn_config(application), spread, announce), found)


def run(server: DrainingServer, found: socket.socket) -> None:
    """Run a server on a bound socket until it is told to leave."""
    try:
        server.run(sockets=[found])
    except KeyboardInterrupt:
        return
