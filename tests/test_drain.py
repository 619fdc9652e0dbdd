"""How a process leaves: clients are told first, pages are served meanwhile, jobs come to their end."""

import asyncio
import http.client
import json
import signal

import psycopg
import pytest
from django.db import OperationalError
from django.test import RequestFactory
from procrastinate.contrib.django.models import ProcrastinateJob
from websockets.exceptions import InvalidStatus

from channels_app.live import log
from channels_app.models import Notification
from kyoso import jobs
from kyoso.refusals import broken
from tests import factories
from tests.channels_app.live.stage import CSRF_SECRET, act, log_in, page
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.site import ServerProcess, test_database_url
from tests.waiting import until

processes = pytest.mark.django_db(transaction=True)
JOB = "forget_old_notifications"


def asked(server: ServerProcess, method: str, address: str, key: str = "", hello: dict | None = None):
    """(status, connection header, retry-after, content) of one request."""
    port = server.origin.rsplit(":", 1)[1]
    cookies = f"kyoso-{port}={key}; kyoso-csrf-{port}={CSRF_SECRET}"
    headers = {"Cookie": cookies, "Origin": server.origin, "X-CSRFToken": CSRF_SECRET}
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=40)
    try:
        connection.request(method, address, json.dumps(hello) if hello else None, headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, answer.getheader("connection"), answer.getheader("retry-after"), content
    finally:
        connection.close()


@processes
@pytest.mark.asyncio
async def test_one_process_serves_pages_while_it_says_goodbye(start_site):
    tanaka = await act(person, "tanaka")
    channel = await act(factories.channel, "madoguchi-dx", tanaka)
    stream, n = await act(page, channel)
    # One step of fifty is three seconds, in which all that follows is asked.
    server = (await act(start_site, DRAIN_SECONDS="150")).whole[0]
    key = await act(log_in, tanaka)
    hello = {"t": "hello", "v": 1, "epoch": await act(log.epoch), "cur": {stream: n}, "focus": [stream]}
    browser = NetBrowser(server, key)
    await browser.open()
    await browser.hello(stream, **{stream: n})
    held = asyncio.create_task(asyncio.to_thread(asked, server, "POST", "/live/poll", key, hello))
    await asyncio.to_thread(asked, server, "POST", "/live/poll", key, hello | {"wait": 0})
    server.process.send_signal(signal.SIGTERM)
    assert 0 <= (await browser.until("bye"))["after"] <= 150_000
    healthy, late = await asyncio.gather(
        asyncio.to_thread(asked, server, "GET", "/healthz"),
        asyncio.to_thread(asked, server, "POST", "/live/poll", key, hello),
    )
    assert (healthy[:2], late[:3]) == ((200, "close"), (503, "close", "3"))
    with pytest.raises(InvalidStatus, match="503"):
        await NetBrowser(server, key).open()
    status, _, _, content = await held
    assert (status, [said["t"] for said in json.loads(content)]) == (200, ["hi", "live", "bye"])
    assert await browser.closed() == 1012
    assert await asyncio.to_thread(server.process.wait, 40) == 0


@processes
def test_a_job_under_way_comes_to_its_end_before_its_process_leaves(start_site):
    worker = start_site(web=1, PAGE_WORKERS="1").start_jobs()  # no other process runs jobs
    with psycopg.connect(test_database_url()) as holding:
        holding.execute(f"LOCK TABLE {Notification._meta.db_table} IN EXCLUSIVE MODE")
        jobs.enqueue(JOB, timestamp=1)
        until(lambda: states() == ["doing"], what="the job runs")
        worker.process.send_signal(signal.SIGTERM)
        jobs.enqueue(JOB, timestamp=2)
    assert worker.process.wait(40) == 0
    assert states() == ["succeeded", "todo"]


def states() -> list[str]:
    found = ProcrastinateJob.objects.filter(task_name=JOB).order_by("id")
    return list(found.values_list("status", flat=True))


@pytest.mark.parametrize(("error", "status"), [(OperationalError, 503), (ZeroDivisionError, 500)])
def test_a_page_without_its_database_says_when_to_come_back(error, status):
    for accepted in ("application/json", "text/html"):
        try:
            raise error("away")
        except error:
            answer = broken(RequestFactory().get("/", headers={"accept": accepted}))
        assert (answer.status_code, answer.get("Retry-After")) == (status, "3" if status == 503 else None)
