"""A herd: clients that come back after they lose their server, by the rules of static/js/live/state.js.

Told `bye`, a client comes back after the time it was given; closed with 1012, at a random moment of the next
20 s; otherwise, and when it is refused, after a random wait of at most 1 s, 2 s, 4 s … 30 s.
"""

import asyncio
import json
import struct
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from bench.http_clients import HOST
from bench.listeners import CLOSE, ENTERING, PATIENCE, Listener, framed

SPREAD, LONGEST = 20.0, 30.0  # seconds: of `hi`, and of the back-off
RESTART = 1012
TOGETHER = 240  # seconds a herd may take


class Guest(Listener):
    """One connection of a client; `ended` comes true when it is lost."""

    def __init__(self, handshake: str, hello: str, heard):
        super().__init__(handshake, hello, heard)
        self.ended = asyncio.get_running_loop().create_future()
        self.code, self.after, self.refusal = 1006, None, ""

    def upgraded(self) -> None:
        """Keep the status of a refusal."""
        if not self.kept.startswith(b"HTTP/1.1 101"):
            self.refusal = bytes(self.kept[9:12]).decode()
        super().upgraded()

    def told(self, kind: int, payload: bytes) -> None:
        """Note the goodbye and answer the close."""
        if payload.startswith(b'{"t":"bye"'):
            self.after = json.loads(payload)["after"] / 1000
        if kind == CLOSE:
            self.code = struct.unpack("!H", payload[:2])[0] if payload else 1005
            self.transport.write(framed(CLOSE, payload[:2]))
            self.transport.close()
        super().told(kind, payload)

    def connection_lost(self, error: Exception | None) -> None:
        """Over."""
        if not self.ended.done():
            self.ended.set_result(None)
        super().connection_lost(error)


@dataclass
class Client:
    """One browser: when it lost its server, and when it was live again."""

    words: tuple[str, str]
    guest: Guest | None = None
    lost_at: float = 0.0
    live_at: float = 0.0
    told: bytes = b""  # everything heard since it came back


@dataclass
class Herd:
    """All clients of one server. `refused` counts every attempt that did not succeed, by its reason."""

    port: int
    chance: Random
    clients: list[Client] = field(default_factory=list)
    tasks: list[asyncio.Task] = field(default_factory=list)
    refused: Counter = field(default_factory=Counter)
    door: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ENTERING))

    async def gather(self, handshakes: list[str], hellos: list[str]) -> dict:
        """Bring everybody in for the first time, not too many at once."""
        self.clients = [Client(words) for words in zip(handshakes, hellos, strict=True)]
        await asyncio.gather(*map(self.first, self.clients))
        self.tasks = [asyncio.create_task(self.live(client)) for client in self.clients]
        self.refused.clear()
        return {"sockets": len(self.clients)}

    async def first(self, client: Client) -> None:
        """Enter without a crowd."""
        async with self.door:
            await self.enter(client)

    async def enter(self, client: Client) -> None:
        """Connect, say hello, wait until level. Raises OSError when it cannot."""
        client.told = b""
        loop = asyncio.get_running_loop()
        _, guest = await loop.create_connection(
            lambda: Guest(*client.words, lambda payload: self.heard(client, payload)), HOST, self.port
        )
        try:
            await asyncio.wait_for(guest.ready, PATIENCE)
        except OSError:
            self.refused[guest.refusal or "cut"] += 1
            raise
        client.guest, client.live_at = guest, time.monotonic()

    def heard(self, client: Client, payload: bytes) -> None:
        """Keep what is told while a client comes back."""
        client.told += payload

    async def live(self, client: Client) -> None:
        """Wait for the end of a connection, come back, and so on."""
        while True:
            await client.guest.ended
            client.lost_at = time.monotonic()
            await asyncio.sleep(self.wait_after(client.guest))
            await self.come_back(client)

    def wait_after(self, guest: Guest) -> float:
        """Seconds until the first attempt."""
        if guest.after is not None:
            return guest.after
        return self.chance.uniform(0, SPREAD if guest.code == RESTART else 1.0)

    async def come_back(self, client: Client) -> None:
        """Try until it succeeds."""
        for attempt in range(100):
            try:
                await self.enter(client)
                return
            except ConnectionRefusedError:
                self.refused["nobody there"] += 1
            except OSError:
                pass
            await asyncio.sleep(self.chance.uniform(0, min(LONGEST, 2.0 ** (attempt + 1))))

    async def returned(self, since: float, marker: bytes) -> dict:
        """Wait until all were lost and are live again.

        Returns the seconds from `since` (time.monotonic) for each, the refusals by reason, and how many have
        heard `marker` since they are back, and how often altogether.
        """
        async with asyncio.timeout(TOGETHER):
            while not all(since < client.lost_at < client.live_at for client in self.clients):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        found = [client.told.count(marker) for client in self.clients]
        return {
            "times": [client.live_at - since for client in self.clients],
            "away": [client.live_at - client.lost_at for client in self.clients],
            "refused": self.refused,
            "caught_up": sum(number > 0 for number in found),
            "twice": sum(number > 1 for number in found),
        }

    async def scatter(self) -> None:
        """Leave."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for client in self.clients:
            client.guest.transport.close()
