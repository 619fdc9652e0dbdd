"""A browser's side of the live connections, with the checks that every browser makes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.db import connections
from django.test import Client

from channels_app.live import log
from channels_app.models import Channel, LiveStream
from kyoso.asgi import live_application

ORIGIN = settings.LIVE_ORIGINS[0]
PATIENCE = 10  # seconds; a test that waits so long has failed


async def act(function: Callable, *args: Any, **kwargs: Any) -> Any:
    """Run a deed as a page does: in a thread, with its connection given back."""

    def page() -> Any:
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    return await asyncio.to_thread(page)


async def come_true(condition: Callable[[], Any]) -> None:
    """Wait until something is so, without stopping this process's hub."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)


def log_in(member) -> str:
    """The key of a new session."""
    client = Client()
    client.force_login(member)
    return client.session.session_key


def page(channel: Channel) -> tuple[str, int]:
    """What a page prints: the stream's name and number."""
    return channel.stream, LiveStream.objects.get(kind="c", ref_id=channel.pk).head


def headers(session_key: str | None, origin: str | None = ORIGIN, **more: str) -> list[tuple[bytes, bytes]]:
    """Request headers of a browser."""
    found = [(name.replace("_", "-").encode(), value.encode()) for name, value in more.items()]
    if origin is not None:
        found.append((b"origin", origin.encode()))
    if session_key:
        found.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={session_key}".encode()))
    return found


class Browser:
    """One open page: its socket, its cursors, and everything it was told.

    `holes` counts frames that were not the next of their stream. It must stay 0.
    """

    def __init__(self, session_key: str | None, origin: str | None = ORIGIN):
        scope = {
            "type": "websocket",
            "path": "/live/ws",
            "headers": headers(session_key, origin),
            "extensions": {"websocket.http.response": {}},
        }
        self.socket = ApplicationCommunicator(live_application, scope)
        self.cursors: dict[str, int] = {}
        self.told: list[dict] = []
        self.shown: dict[int, tuple[int, str]] = {}
        self.holes = 0
        self.code: int | None = None

    async def open(self) -> int:
        """Shake hands; returns 101, or the status of the refusal."""
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(PATIENCE)
        if answer["type"] == "websocket.accept":
            return 101
        if answer["type"] == "websocket.http.response.start":
            await self.socket.receive_output(PATIENCE)
            return answer["status"]
        return 403

    async def say(self, **said: Any) -> None:
        """Send a frame."""
        await self.socket.send_input({"type": "websocket.receive", "text": json.dumps(said)})

    async def hello(self, *channels: str, epoch: str | None = None, **cursors: int) -> dict:
        """Say hello, wait until level; returns hi."""
        self.cursors |= cursors
        epoch = epoch or await act(log.epoch)
        await self.say(t="hello", v=1, epoch=epoch, cur=cursors, focus=list(channels))
        answer = await self.until("hi")
        for stream, head in answer["heads"].items():
            self.cursors.setdefault(stream, head)
        await self.until("live")
        return answer

    async def until(self, kind: str, **wanted: Any) -> dict:
        """Take frames until one has this `t` and these fields; returns it."""
        while True:
            said = await self.next()
            if said["t"] == kind and said.items() >= wanted.items():
                return said

    async def next(self) -> dict:
        """The next frame, checked and shown. A close is {"t": "closed"}."""
        message = await self.socket.receive_output(PATIENCE)
        if message["type"] == "websocket.close":
            self.code = message["code"]
            return {"t": "closed", "code": self.code}
        said = json.loads(message["text"])
        self.told.append(said)
        self.check(said)
        return said

    def check(self, said: dict) -> None:
        """What static/js/live/cursors.js and place.js do."""
        if said["t"] == "e":
            self.step(said["s"], said["n"] - 1, said["n"])
            self.show(said)
        elif said["t"] == "b":
            self.step(said["s"], said["from"], said["to"])
            for entry in said["e"]:
                self.show(entry)
        elif said["t"] == "reset":
            self.cursors[said["s"]] = said["head"]

    def step(self, stream: str, before: int, now: int) -> None:
        self.holes += self.cursors.get(stream, before) != before
        self.cursors[stream] = now

    def show(self, entry: dict) -> None:
        if "html" in entry and entry["v"] > self.shown.get(entry["id"], (0, ""))[0]:
            self.shown[entry["id"]] = entry["v"], entry["html"]

    def events(self, stream: str) -> list[tuple[int, str]]:
        """(n, k) of the events told one by one."""
        return [(said["n"], said["k"]) for said in self.told if said["t"] == "e" and said["s"] == stream]

    async def quiet(self) -> list[dict]:
        """Everything told by now: what was said before this answer is here."""
        number = len(self.told)
        await self.say(t="ping", i=number)
        await self.until("pong", i=number)
        return self.told

    async def closed(self) -> int:
        """Wait for the close; its code."""
        await self.until("closed")
        return self.code

    async def leave(self) -> None:
        """Close the page."""
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(PATIENCE)


async def screen(member, *channels: Channel, **cursors: int) -> Browser:
    """An open page of a member, looking at channels, level."""
    browser = Browser(await act(log_in, member))
    assert await browser.open() == 101
    await browser.hello(*[channel.stream for channel in channels], **cursors)
    return browser


CSRF_SECRET = "a" * 32


class Poll:
    """One long poll; `status`, `told` and `answered` are filled in by `answer()`."""

    path = "/live/poll"

    def __init__(self, session_key: str | None, body: bytes | dict, *, method: str = "POST", **changed: Any):
        sent = {"origin": ORIGIN, "token": CSRF_SECRET, "cookie_token": CSRF_SECRET} | changed
        cookies = [f"{settings.CSRF_COOKIE_NAME}={sent['cookie_token']}"] if sent["cookie_token"] else []
        if session_key:
            cookies.append(f"{settings.SESSION_COOKIE_NAME}={session_key}")
        pairs = [("cookie", "; ".join(cookies)), ("origin", sent["origin"]), ("x-csrftoken", sent["token"])]
        found = [(name.encode(), value.encode()) for name, value in pairs if value]
        scope = {"type": "http", "method": method, "path": self.path, "headers": found}
        self.request = ApplicationCommunicator(live_application, scope)
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def send(self) -> "Poll":
        """Send the request."""
        await self.request.send_input({"type": "http.request", "body": self.body, "more_body": False})
        return self

    async def answer(self) -> "Poll":
        """Wait for the answer."""
        start = await self.request.receive_output(PATIENCE)
        content = await self.request.receive_output(PATIENCE)
        self.status, self.told = start["status"], json.loads(content["body"])
        self.headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return self


async def poll(session_key: str | None, *channels: str, wait: float = 0, **more: Any) -> Poll:
    """Poll and wait for the answer; `cur`, `posts` and `epoch` go into the hello."""
    hello = {
        "t": "hello",
        "v": 1,
        "epoch": await act(log.epoch),
        "cur": {},
        "focus": list(channels),
        "wait": wait,
    }
    hello |= {key: more.pop(key) for key in ("cur", "posts", "epoch") if key in more}
    return await (await Poll(session_key, hello, **more).send()).answer()
