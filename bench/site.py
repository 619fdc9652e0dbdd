"""Real server processes for the figures: `manage.py serve` on the site's database, and control servers."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from django.conf import settings

from bench.machine import SERVER_CORE, pin

PROJECT = Path(__file__).resolve().parent.parent
START_SECONDS, STOP_SECONDS = 60, 40
SERVERS = ("web", "whole", "textbook", "raw", "small")


class SiteFailed(Exception):
    """A server did not start; the text holds its last words."""


@dataclass
class Server:
    """One server with its process tree."""

    name: str
    port: int
    process: subprocess.Popen
    log: Path

    def tree(self) -> list[psutil.Process]:
        """The process and its living children."""
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """What all its processes have used so far."""
        return sum(sum(one.cpu_times()[:2]) for one in self.tree())

    def memory(self) -> int:
        """Resident bytes of all its processes."""
        return sum(one.memory_info().rss for one in self.tree())

    def answers(self, address: str) -> bool:
        """Whether it serves; raises SiteFailed when it has died."""
        if self.process.poll() is not None:
            raise SiteFailed(f"{self.name} stopped:\n{self.last_words()}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{address}", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def last_words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-3000:]

    def stop(self) -> None:
        """End it and wait; kill what does not end."""
        children = self.tree()[1:] if self.process.poll() is None else []
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in children:
            if child.is_running():
                child.kill()


@dataclass
class Site:
    """Where the servers run: their environment, their ports, a folder for their logs."""

    environment: dict[str, str]
    ports: dict[str, int]
    folder: Path

    @contextmanager
    def serving(self, name: str, *command: str, ready: str = "/readyz", **changes: str) -> Iterator[Server]:
        """A server on its core, started with `command` and its port; stopped at the end, also on Ctrl-C."""
        log = self.folder / f"{name}.log"
        port = self.ports[name]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *command, str(port)],
                cwd=PROJECT,
                env=self.environment | changes,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = Server(name, port, process, log)
        pin(process.pid, SERVER_CORE)
        try:
            wait_for(server, ready)
            yield server
        finally:
            server.stop()

    def web(self, name: str = "web", **changes: str):
        """The pages by granian, one worker."""
        return self.serving(name, "manage.py", "serve", "--web", "--port", PAGE_WORKERS="1", **changes)

    def whole(self):
        """Everything in one process, as `make run` starts it."""
        return self.serving("whole", "manage.py", "serve", "--port")

    def control(self, name: str):
        """A control server: bench/textbook.py or bench/raw.py under the same uvicorn settings."""
        return self.serving(name, "manage.py", "bench_control", f"bench.{name}:application", ready="/healthz")


def wait_for(server: Server, address: str) -> None:
    """Wait until a server answers."""
    end = time.monotonic() + START_SECONDS
    while not server.answers(address):
        if time.monotonic() > end:
            raise SiteFailed(f"{server.name} does not answer:\n{server.last_words()}")
        time.sleep(0.1)


def free_ports() -> dict[str, int]:
    """A free port for each server."""
    found = [socket.socket() for _ in SERVERS]
    for one in found:
        one.bind(("127.0.0.1", 0))
    ports = {name: one.getsockname()[1] for name, one in zip(SERVERS, found, strict=True)}
    for one in found:
        one.close()
    return ports


def origins(ports: dict[str, int]) -> str:
    """The value of SITE_URL that lets pages of every server talk to every other."""
    return ",".join(f"http://127.0.0.1:{port}" for port in ports.values())


def site_of(folder: Path, ports: dict[str, int], **environment: str) -> Site:
    """The site this process itself is configured for; cookies carry this process's own PORT."""
    folder.mkdir(parents=True, exist_ok=True)
    mine = {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PORT": str(settings.PORT),
        "SITE_URL": origins(ports),
        "LOG_LEVEL": "WARNING",
        "DRAIN_SECONDS": "0",
    }
    return Site(os.environ | mine | environment, ports, folder)
