"""The three doors as browsers use them, on the imagined network (static/js/live/{socket,stream,poll}.js)."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings

from channels_app.live import polling, sockets, streaming
from channels_app.live.wire import READY_FRAMES
from tests.channels_app.live.stage import CSRF_SECRET, ORIGIN, headers
from tests.reliability.imagined_network import WINDOW, Process, Request

if TYPE_CHECKING:
    from tests.reliability.client_model import Client
    from tests.reliability.world import World


class SocketLink(Request):
    """static/js/live/socket.js: frames and its own death."""

    def __init__(self, world: "World", client: "Client", process: Process):
        self.over = False
        write = {READY_FRAMES: {"write": self.write}} if world.chance.random() < 0.5 else {}
        scope = {
            "type": "websocket",
            "path": "/live/ws",
            "headers": headers(client.session),
            "extensions": {"websocket.http.response": {}, **write},
        }
        super().__init__(world, client, process, sockets.websocket, scope)
        self.inbox.put_nowait({"type": "websocket.connect"})

    def write(self, ready: bytes) -> bool:
        """The server's way past the queue; no when the client does not keep up."""
        if len(self.under_way) >= WINDOW or self.is_cut:
            return False
        start = {126: 4, 127: 10}.get(ready[1], 2)
        self.put({"type": "websocket.send", "text": ready[start:].decode()})
        return True

    def put(self, item: dict) -> None:
        if item["type"] == "websocket.send":
            self.world.told(self, json.loads(item["text"]))
        super().put(item)

    def take(self, item: dict) -> None:
        if item["type"] == "websocket.accept":
            self.send_frame(self.client.hello())
        elif item["type"] == "websocket.send":
            self.client.hear(self, json.loads(item["text"]))
        elif item["type"] == "websocket.close":
            self.end(item.get("code", 1006))
        elif item["type"] == "websocket.http.response.start":
            self.end(1006)

    def send_frame(self, frame: dict) -> None:
        """Say something to the server."""
        self.tell({"type": "websocket.receive", "text": json.dumps(frame)})

    def again(self) -> None:
        """Ask again from the cursors."""
        self.send_frame(self.client.hello())

    def end(self, code: int) -> None:
        """Over, once."""
        if not self.over:
            self.over = True
            self.client.closed(self, code)

    def lost(self) -> None:
        self.end(1006)

    def close(self) -> None:
        """The page goes."""
        self.over = True
        self.cut(noticed=True)


class HttpRequest(Request):
    """A hello that comes as an HTTP request."""

    path, application = "/live/poll", polling.poll

    def __init__(self, world: "World", client: "Client", process: Process, **more: Any):
        self.status = 0
        cookies = (
            f"{settings.CSRF_COOKIE_NAME}={CSRF_SECRET}; {settings.SESSION_COOKIE_NAME}={client.session}"
        )
        said = [(b"x-csrftoken", CSRF_SECRET), (b"origin", ORIGIN), (b"cookie", cookies)]
        found = [(name, value.encode()) for name, value in said]
        scope = {"type": "http", "method": "POST", "path": self.path, "headers": found}
        super().__init__(world, client, process, type(self).application, scope)
        body = json.dumps({**client.hello(), **more}).encode()
        self.tell({"type": "http.request", "body": body, "more_body": False})

    def put(self, item: dict) -> None:
        self.status = item.get("status", self.status)
        found = self.frames_of(item.get("body", b"")) if self.status == 200 else []
        for frame in found:
            self.world.told(self, frame)
        super().put((self.status, found, item))

    def frames_of(self, body: bytes) -> list[dict]:
        """What one piece of the answer says."""
        return json.loads(body or b"[]")


class Poll(HttpRequest):
    """One long poll."""

    def __init__(self, world: "World", client: "Client", process: Process, wait: float):
        self.answered: asyncio.Future[tuple[int, list[dict]]] = world.loop.create_future()
        super().__init__(world, client, process, wait=wait)

    def take(self, item: tuple[int, list[dict], dict]) -> None:
        status, found, message = item
        if message["type"] == "http.response.body":
            code = 0 if status == 200 else json.loads(message["body"])["code"]
            self.settle(code, found)

    def settle(self, code: int, found: list[dict]) -> None:
        """Answered, once."""
        if not self.answered.done():
            self.answered.set_result((code, found))

    def lost(self) -> None:
        self.settle(1006, [])


class Carried:
    """A link that is made of one request after the other."""

    def __init__(self, world: "World", client: "Client", process: Process):
        self.world, self.client, self.over = world, client, False
        self.request: Any = None
        self.begin(process)

    def begin(self, process: Process) -> None:
        """The first request."""

    def again(self) -> None:
        """Ask anew from the cursors."""

    def send_frame(self, frame: dict) -> None:
        """A client can only ask anew; it pings nobody."""
        if frame["t"] != "ping":
            self.again()

    def end(self, code: int) -> None:
        """Over, once."""
        if not self.over:
            self.over = True
            self.client.closed(self, code)

    def cut(self, *, noticed: bool) -> None:
        """The running request breaks."""
        if self.request:
            self.request.cut(noticed=noticed)

    def arrive(self) -> None:
        """What waits at the client's door."""
        if self.request:
            self.request.arrive()

    @property
    def under_way(self) -> deque:
        """What waits there."""
        return self.request.under_way if self.request else deque()

    def close(self) -> None:
        """The page goes."""
        self.over = True
        self.cut(noticed=True)


class PollLink(Carried):
    """static/js/live/poll.js: one complete request after the other."""

    LONGEST = 25

    def begin(self, process: Process) -> None:
        self.wait = 0.0
        self.asking = self.world.loop.create_task(self.loop(process))

    async def loop(self, process: Process | None) -> None:
        """Ask until it is over."""
        while not self.over and process and not process.gone:
            await self.once(process)
            process = self.world.some_process()
        self.end(1006)

    async def once(self, process: Process) -> None:
        """One poll: hear what it brings, and decide how long the next may take."""
        self.request = request = Poll(self.world, self.client, process, self.wait)
        code, found = await request.answered
        if self.over or request is not self.request:
            return
        if code:
            self.end(code)
            return
        for frame in found:
            if not self.over and request is self.request:
                self.client.hear(self, frame)
        self.wait = self.LONGEST if request is self.request and found[-1]["t"] == "live" else 0.0

    def again(self) -> None:
        self.wait = 0.0
        if self.request:
            request, self.request = self.request, None
            request.cut(noticed=True)


class Stream(HttpRequest):
    """One streamed answer."""

    path, application = "/live/stream", streaming.stream

    def __init__(self, world: "World", link: "StreamLink", process: Process):
        self.link = link
        super().__init__(world, link.client, process)

    def frames_of(self, body: bytes) -> list[dict]:
        return [json.loads(line) for line in body.splitlines()]

    def take(self, item: tuple[int, list[dict], dict]) -> None:
        status, found, message = item
        if self is not self.link.request or message["type"] != "http.response.body":
            return
        if status != 200:
            self.link.end(json.loads(message["body"])["code"])
        for frame in found:
            if frame["t"] == "closed":
                self.link.end(frame["code"])
            elif not self.link.over:
                self.client.hear(self.link, frame)

    def lost(self) -> None:
        if self is self.link.request:
            self.link.end(1006)


class StreamLink(Carried):
    """static/js/live/stream.js: an answer that never ends, until another focus is wanted."""

    def begin(self, process: Process) -> None:
        self.request = Stream(self.world, self, process)

    def again(self) -> None:
        process, old = self.world.some_process(), self.request
        if process:
            self.request = Stream(self.world, self, process)
            old.cut(noticed=True)
        else:
            self.end(1006)


LINKS: dict[str, Callable[..., Any]] = {"socket": SocketLink, "stream": StreamLink, "poll": PollLink}
