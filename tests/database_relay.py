"""A way to the test database that can be closed, as a database that stops closes it, and opened again."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

SOCKET_NAME = ".s.PGSQL.5432"


class Relay:
    """Passes the bytes of a Unix socket on to PostgreSQL's own; runs in a thread."""

    def __init__(self, folder: Path):
        parameters = connection.get_connection_params()
        port = parameters.get("port") or 5432
        self.target = f"{parameters['host']}/.s.PGSQL.{port}"
        self.place = folder / SOCKET_NAME
        user, name = quote(parameters["user"]), quote(parameters["dbname"])
        self.url = f"postgresql://{user}@/{name}?host={quote(str(folder))}&port=5432"
        self.loop = asyncio.new_event_loop()
        self.under_way: set[asyncio.Task] = set()
        self.server: asyncio.Server | None = None
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def open(self) -> None:
        """Let connections through."""
        asyncio.run_coroutine_threadsafe(self._open(), self.loop).result(10)

    def close(self) -> None:
        """Cut all connections and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._close(), self.loop).result(10)

    async def _open(self) -> None:
        self.server = await asyncio.start_unix_server(self._pass_on, self.place)

    async def _close(self) -> None:
        if self.server:
            self.server.close()
        self.server = None
        self.place.unlink(missing_ok=True)
        for task in tuple(self.under_way):
            task.cancel()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self.target)
        task = asyncio.current_task()
        self.under_way.add(task)
        both = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass
        finally:
            self.under_way.discard(task)
            for end in (*both, writer, back):
                end.cancel() if isinstance(end, asyncio.Task) else end.close()

    def stop(self) -> None:
        """End the thread."""
        self.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while content := await reader.read(65_536):
            writer.write(content)
            await writer.drain()


@contextmanager
def database_relay(folder: Path) -> Iterator[Relay]:
    """An open relay whose socket lies in `folder` (a short path: Unix sockets allow 107 bytes)."""
    relay = Relay(folder)
    try:
        relay.open()
        yield relay
    finally:
        relay.stop()
