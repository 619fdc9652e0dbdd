"""Rolling restarts with real processes under load: nobody is refused, and nothing is lost."""

import asyncio
import http.client
import json
import os
import signal
import threading
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

import psutil
import pytest

from channels_app.live import log
from channels_app.models import Post
from tests import factories
from tests.channels_app.live.stage import CSRF_SECRET, act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.site import ServerProcess
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


def workers_of(server: ServerProcess) -> set[int]:
    """The processes that a supervisor, or granian, has started to serve."""
    return {child.pid for child in psutil.Process(server.process.pid).children() if serves(child)}


def serves(child: psutil.Process) -> bool:
    try:
        return any("--worker" in word or "spawn_main" in word for word in child.cmdline())
    except psutil.Error:  # it has just ended
        return False


@dataclass
class Visitor:
    """Somebody who asks again and again, over a connection that stays open while the server lets it."""

    server: ServerProcess
    session: str
    answers: list[int] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        port = self.server.origin.rsplit(":", 1)[1]
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=40)
        self.headers = {
            "Cookie": f"kyoso-{port}={self.session}; kyoso-csrf-{port}={CSRF_SECRET}",
            "Origin": self.server.origin,
            "X-CSRFToken": CSRF_SECRET,
            "Accept": "application/json",
        }

    def ask(self, method: str, address: str, body: str = "", kind: str = "application/json") -> bytes:
        """One request. A failure of the connection counts as the status 0."""
        try:
            self.connection.request(method, address, body, self.headers | {"Content-Type": kind})
            answer = self.connection.getresponse()
            content = answer.read()
            self.answers.append(answer.status)
            return content
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.answers.append(0)
            return b"[]"

    def read(self, address: str) -> None:
        """Load a page, until it is over."""
        while not self.over.is_set():
            self.ask("GET", address)

    def write(self, address: str) -> None:
        """Publish posts, until it is over."""
        while not self.over.is_set():
            sent = urlencode({"text": f"{len(self.answers)}件目", "cid": str(uuid4())})
            self.ask("POST", address, sent, "application/x-www-form-urlencoded")

    def poll(self, hello: dict) -> None:
        """Poll with the cursor of the one stream that is looked at, until it is over."""
        (stream,) = hello["focus"]
        while not self.over.is_set():
            for said in json.loads(self.ask("POST", "/live/poll", json.dumps(hello))):
                if said["t"] in {"e", "b"} and said["s"] == stream:
                    assert said.get("from", said.get("n", 0) - 1) == hello["cur"][stream]
                    hello["cur"][stream] = said.get("to", said.get("n"))


async def follow(browser: NetBrowser, session: str, server: ServerProcess, over: asyncio.Event) -> int:
    """Keep a page connected, as its script does; gives how often it had to come back."""
    returns = 0
    while not over.is_set():
        said = await browser.next()
        if said["t"] == "closed":
            assert browser.code in {1012, 1006}
            browser.code = None
            returns += 1
            await browser.move(server, session)
    return returns


async def renewed(server: ServerProcess) -> None:
    """Ask for a rolling restart and wait until every worker is a new one."""
    before = await asyncio.to_thread(workers_of, server)
    os.kill(server.process.pid, signal.SIGHUP)
    await act(
        until,
        lambda: (now := workers_of(server)) and len(now) == len(before) and not now & before,
        what="all workers are new",
        limit=90,
    )


async def test_a_rolling_restart_refuses_nobody_and_loses_nothing(start_site, redis_url):
    tanaka, miura = await act(person, "tanaka"), await act(person, "miura")
    channel = await act(factories.channel, "madoguchi-dx", tanaka, miura)
    stream, n = await act(page, channel)
    site = await act(start_site, live=1, web=1, workers=2, redis_url=redis_url, PAGE_WORKERS="2")
    live, web = site.live[0], site.web[0]
    await act(until, lambda: len(workers_of(live)) == 2, what="both workers run")
    keys = [await act(log_in, member) for member in (tanaka, miura, miura, tanaka)]
    reader, writer = Visitor(web, keys[0]), Visitor(web, keys[1])
    poller, browser = Visitor(live, keys[2]), NetBrowser(live, keys[3])
    hello = {
        "t": "hello",
        "v": 1,
        "epoch": await act(log.epoch),
        "cur": {stream: n},
        "focus": [stream],
        "wait": 2,
    }
    await browser.open()
    await browser.hello(stream, **{stream: n})
    over = asyncio.Event()
    visits = [
        asyncio.create_task(asyncio.to_thread(reader.read, channel.get_absolute_url())),
        asyncio.create_task(asyncio.to_thread(writer.write, f"{channel.get_absolute_url()}posts/")),
        asyncio.create_task(asyncio.to_thread(poller.poll, hello)),
    ]
    following = asyncio.create_task(follow(browser, keys[3], live, over))
    try:
        await renewed(live)
        await renewed(web)
    finally:
        for visitor in (reader, writer, poller):
            visitor.over.set()
    await asyncio.gather(*visits[:2])
    over.set()
    last = await act(factories.post, tanaka, channel, "最後の投稿")
    returns = await following
    await visits[2]
    while browser.cursors[stream] < last.n:
        await browser.next()
    posts = await act(lambda: set(Post.objects.values_list("pk", flat=True)))
    assert (set(reader.answers), set(writer.answers), set(poller.answers)) == ({200}, {201}, {200})
    assert len(posts) == len(writer.answers) + 1
    assert (set(browser.shown), browser.holes, returns >= 1) == (posts, 0, True)
    await browser.leave()


async def test_a_page_worker_that_crashes_is_replaced(start_site):
    web = (await act(start_site, web=1, PAGE_WORKERS="1")).web[0]
    before = await asyncio.to_thread(workers_of, web)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await act(until, lambda: workers_of(web) - before, what="there is a new one")
    await act(until, lambda: web.ready("/healthz"), what="it serves")


async def test_pages_whose_new_code_does_not_load_stay_with_the_old(start_site, tmp_path):
    web = (await act(start_site, web=1, PAGE_WORKERS="1", PYTHONPATH=str(tmp_path))).web[0]
    before = await asyncio.to_thread(workers_of, web)
    (tmp_path / "sitecustomize.py").write_text("import os; os._exit(3)")
    os.kill(web.process.pid, signal.SIGHUP)
    await act(until, lambda: "the old ones stay" in web.words(), what="granian's parent has given up")
    assert (await asyncio.to_thread(workers_of, web), await asyncio.to_thread(web.ready)) == (before, True)
