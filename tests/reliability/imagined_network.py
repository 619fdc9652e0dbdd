"""A network between browsers, processes and Redis that loses, doubles, delays and cuts, on virtual time."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any

from channels_app.live.hub import Hub

if TYPE_CHECKING:
    from tests.reliability.client_model import Client
    from tests.reliability.memory_log import Facts
    from tests.reliability.world import World

WINDOW = 3  # messages under way to a client before the server must wait
LATENCY = 0.03  # seconds, at most


class Layer:
    """Redis as the layer shows it: at most once, without a word about what was lost."""

    def __init__(self, world: "World"):
        self.world, self.up, self.fault = world, True, 0.0
        self.queues: dict[str, asyncio.Queue] = {}
        self.members: set[str] = set()

    async def new_channel(self) -> str:
        """A name to receive under."""
        self._reach()
        name = f"channel-{len(self.queues)}"
        self.queues[name] = asyncio.Queue()
        return name

    async def group_add(self, group: str, name: str) -> None:
        """Subscribe."""
        self._reach()
        self.members.add(name)

    async def receive(self, name: str) -> dict:
        """The next message. Raises ConnectionError when Redis has gone."""
        message = await self.queues[name].get()
        if message is None:
            raise ConnectionError("the connection was lost")
        return message

    async def group_send(self, group: str, message: dict) -> None:
        """Publish; with some probability a subscriber gets it late, twice or never."""
        self._reach()
        chance = self.world.chance
        for name in sorted(self.members):
            lots = chance.random()
            copies = 1 if lots > self.fault else chance.choice((0, 0, 2))
            for _ in range(copies):
                late = chance.random() * (3 if chance.random() < self.fault else 0.01)
                self.world.loop.call_later(late, self._arrive, name, message, self.world.log.facts)

    async def flush(self) -> None:
        """Nothing is kept here."""

    def _arrive(self, name: str, message: dict, facts: "Facts") -> None:
        if self.up and name in self.members and facts is self.world.log.facts:
            self.queues[name].put_nowait(message)

    def _reach(self) -> None:
        if not self.up:
            raise ConnectionError("Redis is away")

    def lose_all(self, *, noticed: bool = True) -> None:
        """All subscriptions end, whether their holders notice or not."""
        for name in self.members if noticed else ():
            self.queues[name].put_nowait(None)
        self.members.clear()


class Process:
    """A live process: its hub, and the requests it serves."""

    def __init__(self, hub: Hub):
        self.hub, self.gone = hub, False
        self.requests: dict[Request, None] = {}  # in order

    def die(self) -> None:
        """kill -9: nobody says goodbye."""
        self.gone = True
        for task in (*self.hub.tasks, *(one.task for one in self.requests)):
            task.cancel()
        for request in tuple(self.requests):
            request.cut(noticed=True)


SERVING: ContextVar[Process] = ContextVar("serving")


async def hub_of_process() -> Hub:
    """What hub.start() answers in the process that serves the present request."""
    return SERVING.get().hub


class Request:
    """One connection between a client and a process; what it carries stays in order until it is cut."""

    def __init__(
        self, world: "World", client: "Client", process: Process, application: Callable, scope: dict
    ):
        self.world, self.client, self.process = world, client, process
        self.inbox: asyncio.Queue[dict] = asyncio.Queue()
        self.said: deque[dict] = deque()
        self.under_way: deque[Any] = deque()
        self.room = asyncio.Event()
        self.is_cut = False
        context = copy_context()
        context.run(SERVING.set, process)
        process.requests[self] = None
        serving = application(scope, self.inbox.get, self.send)
        self.task = world.loop.create_task(serving, context=context)
        self.task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task) -> None:
        self.process.requests.pop(self, None)
        if not task.cancelled() and not isinstance(task.exception(), OSError | None):
            self.world.failures.append(repr(task.exception()))

    async def send(self, message: dict) -> None:
        """The server says something, and waits for a slow client. Raises ConnectionResetError."""
        while len(self.under_way) >= WINDOW and not self.is_cut:
            self.room.clear()
            await self.room.wait()
        if self.is_cut:
            raise ConnectionResetError
        self.put(message)

    def put(self, item: Any) -> None:
        """Let something travel to the client."""
        self.under_way.append(item)
        self.world.later(LATENCY, self.arrive)

    def arrive(self) -> None:
        """The oldest thing under way reaches the client, unless that is frozen."""
        if self.client.frozen or self.is_cut or not self.under_way:
            return
        item = self.under_way.popleft()
        self.room.set()
        self.take(item)

    def take(self, item: Any) -> None:
        """What the client's side does with what arrived."""

    def tell(self, message: dict) -> None:
        """The client says something."""
        self.said.append(message)
        self.world.later(LATENCY, self.reach)

    def reach(self) -> None:
        """The oldest thing the client said reaches the server."""
        if not self.is_cut:
            self.inbox.put_nowait(self.said.popleft())

    def cut(self, *, noticed: bool) -> None:
        """The connection breaks; the server learns of it at once, or never."""
        if self.is_cut:
            return
        self.is_cut = True
        if noticed:
            self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
            self.inbox.put_nowait({"type": "http.disconnect"})
            self.room.set()
        self.world.later(LATENCY, self.lost)

    def lost(self) -> None:
        """The client's side notices that the connection is broken."""
