"""A browser on a real network, and a Redis that can be killed."""

import asyncio
import signal
import subprocess
from pathlib import Path

import redis
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.channels_app.live.stage import Browser
from tests.redis_process import answers
from tests.site import ServerProcess
from tests.waiting import free_port, until


class Wire:
    """A real WebSocket with the two methods that Browser uses."""

    def __init__(self, server: ServerProcess, session_key: str):
        self.address = server.origin.replace("http", "ws", 1) + "/live/ws"
        cookie = f"kyoso-{server.origin.rsplit(':', 1)[1]}={session_key}"
        self.facts = {"additional_headers": {"Cookie": cookie}, "origin": server.origin, "proxy": None}
        self.greeted = False

    async def send_input(self, message: dict) -> None:
        """Connect, send or close."""
        if message["type"] == "websocket.connect":
            self.socket = await connect(self.address, **self.facts)
        elif message["type"] == "websocket.receive":
            await self.socket.send(message["text"])
        else:
            await self.socket.close(message["code"])

    async def receive_output(self, patience: float) -> dict:
        """What the server did next."""
        if not self.greeted:
            self.greeted = True
            return {"type": "websocket.accept"}
        try:
            async with asyncio.timeout(patience):
                return {"type": "websocket.send", "text": await self.socket.recv()}
        except ConnectionClosed as closed:
            return {"type": "websocket.close", "code": closed.rcvd.code if closed.rcvd else 1006}

    async def wait(self, patience: float) -> None:
        """Nothing runs on this side."""


class NetBrowser(Browser):
    """An open page, connected through the network."""

    def __init__(self, server: ServerProcess, session_key: str):
        super().__init__(session_key)
        self.socket = Wire(server, session_key)

    async def move(self, server: ServerProcess, session_key: str) -> None:
        """Connect anew, to another process, with the cursors at hand."""
        self.socket = Wire(server, session_key)
        await self.open()
        await self.hello(*[stream for stream in self.cursors if stream[0] == "c"], **self.cursors)


class MortalRedis:
    """A Redis server without persistence, that can be killed and started again on its port."""

    def __init__(self, program: str, folder: Path):
        self.port = free_port()
        self.command = [
            program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(folder),
        ]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port) as client:
            until(lambda: answers(client), what="Redis answers")

    def kill(self) -> None:
        """Kill it as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(20)

    def listeners(self) -> int:
        """How many processes are subscribed to the bus."""
        with redis.Redis(port=self.port) as client:
            return sum(number for _, number in client.pubsub_numsub("asgi__group__bus"))

    def cut_subscribers(self) -> None:
        """Break the connections of all subscribers, as a proxy between does."""
        with redis.Redis(port=self.port) as client:
            client.client_kill_filter(_type="pubsub")
