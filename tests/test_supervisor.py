"""`serve --live --workers N`: what the process above the workers does when one of them, or somebody, acts."""

import asyncio
import os
import signal
import subprocess
import sys

import psutil
import pytest

from kyoso.management import supervisor
from kyoso.management.workers import Ties, ties
from tests.channels_app.live.stage import act, log_in
from tests.channels_app.live.wire import NetBrowser
from tests.people import person
from tests.site import PROJECT
from tests.test_rolling import workers_of
from tests.test_serve import status
from tests.waiting import until

processes = pytest.mark.django_db(transaction=True)


@processes
@pytest.mark.asyncio
async def test_workers_are_replaced_when_they_crash_and_leave_with_their_supervisor(start_site, redis_url):
    site = await act(start_site, live=1, workers=2, redis_url=redis_url, DRAIN_SECONDS="30")
    server, key = site.live[0], await act(log_in, await act(person, "tanaka"))
    await act(until, lambda: len(workers_of(server)) == 2, what="both run")
    first, second = sorted(await asyncio.to_thread(workers_of, server))
    os.kill(first, signal.SIGKILL)
    await act(until, lambda: len(workers_of(server) - {first}) == 2, what="there is a new one")
    assert second in await asyncio.to_thread(workers_of, server)
    browser = NetBrowser(server, key)
    assert await browser.open() == 101
    await browser.hello(epoch="unknown")
    workers = await asyncio.to_thread(workers_of, server)
    server.process.send_signal(signal.SIGINT)
    await browser.until("bye")
    server.process.send_signal(signal.SIGINT)  # nobody waits for thirty seconds
    assert await browser.closed() in {1012, 1006}
    assert await asyncio.to_thread(server.process.wait, 25) == 0
    assert [pid for pid in workers if psutil.pid_exists(pid)] == []


@processes
def test_workers_do_not_outlive_a_supervisor_that_was_killed(start_site, redis_url):
    server = start_site(live=1, workers=1, redis_url=redis_url).live[0]
    until(lambda: workers_of(server), what="it runs")
    (worker,) = workers_of(server)
    assert status(server.origin, "/live/readyz") == 200
    server.stop(signal.SIGKILL)
    until(lambda: not psutil.pid_exists(worker), what="its worker is gone")


@processes
def test_a_successor_that_does_not_get_ready_leaves_the_old_worker_at_work(start_site, redis_url, tmp_path):
    broken = tmp_path / "broken"
    server = start_site(live=1, workers=1, redis_url=redis_url, PYTHONPATH=str(tmp_path)).live[0]
    until(lambda: workers_of(server), what="it runs")
    before = workers_of(server)
    broken.with_name("sitecustomize.py").write_text("import os; os._exit(3)")
    os.kill(server.process.pid, signal.SIGHUP)
    until(lambda: "the old ones stay" in server.words(), what="the supervisor has given up")
    assert (workers_of(server), status(server.origin, "/live/readyz")) == (before, 200)


@processes
@pytest.mark.asyncio
async def test_a_successor_that_crashes_is_replaced_while_the_old_worker_drains(start_site, redis_url):
    site = await act(start_site, live=1, workers=1, redis_url=redis_url, DRAIN_SECONDS="60")
    server, key = site.live[0], await act(log_in, await act(person, "tanaka"))
    await act(until, lambda: len(workers_of(server)) == 1, what="it runs")
    (former,) = workers_of(server)
    browser = NetBrowser(server, key)
    assert await browser.open() == 101
    await browser.hello(epoch="unknown")
    server.process.send_signal(signal.SIGHUP)
    await browser.until("bye")
    (successor,) = workers_of(server) - {former}
    os.kill(successor, signal.SIGKILL)
    await act(until, lambda: len(workers_of(server) - {successor}) == 2, what="there is a third")
    assert former in await asyncio.to_thread(workers_of, server)
    for _ in range(2):  # nobody waits for the drain
        server.process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(server.process.wait, 60) == 0


def test_a_supervisor_whose_workers_never_start_says_so(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nif '--worker' in sys.argv: sys.exit(3)")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "manage.py", "serve", "--live", "--workers", "1", "--port", "0"]
    result = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (result.returncode, result.stderr.splitlines()[-1]) == (1, "CommandError: No worker got ready.")


@pytest.mark.parametrize(
    "arguments", [["--workers", "2"], ["--web", "--workers", "2"], ["--live", "--workers", "65"]]
)
def test_workers_go_with_live_only(arguments):
    command = [sys.executable, "manage.py", "serve", *arguments]
    result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "CommandError: --workers takes 1 to 64 and goes with --live."


@pytest.mark.asyncio
async def test_a_silent_worker_is_killed(monkeypatch):
    monkeypatch.setattr(supervisor, "SILENCE_SECONDS", 0.2)
    beats, told = os.pipe()
    heard, orders = os.pipe()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
    worker = supervisor.Worker(process, beats, orders)
    await asyncio.wait_for(worker.gone.wait(), 20)
    assert process.returncode == -signal.SIGKILL
    os.close(told)
    os.close(heard)


def test_ties_survive_the_command_line():
    assert ties(Ties(3, 4, 5).written()) == Ties(3, 4, 5)


@pytest.mark.asyncio
async def test_a_worker_that_died_a_moment_ago_keeps_nobody_from_being_renewed():
    process = await asyncio.create_subprocess_exec("sleep", "600")
    (beats, told), (heard, orders) = os.pipe(), os.pipe()
    worker = supervisor.Worker(process, beats, orders)
    os.close(heard)
    worker.retire()
    process.kill()
    os.close(told)
    await worker.gone.wait()
