"""A real site for tests: `manage.py serve` as processes of its own on the test database."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tests.waiting import free_port, until

PROJECT = Path(__file__).resolve().parent.parent
STOP_LIMIT_SECONDS = 60


@dataclass
class ServerProcess:
    """One `manage.py serve` with its address and its log."""

    origin: str
    process: subprocess.Popen
    log: Path

    def ready(self, address: str = "/readyz") -> bool:
        """Whether it answers 200; fails at once when the process has died."""
        if self.process.poll() is not None:
            raise AssertionError(f"The server stopped with {self.process.returncode}:\n{self.words()}")
        try:
            with urllib.request.urlopen(self.origin + address, timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def words(self) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-6000:]

    def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and wait; gives the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(STOP_LIMIT_SECONDS)

    def leave(self) -> None:
        """Stop it; kill it when it does not, or sleeps, so that nothing stays behind."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_LIMIT_SECONDS)


@dataclass
class LiveSite:
    """The processes of one site. `origin` is where a browser goes when everything is in one process."""

    folder: Path
    settings: dict[str, str]
    whole: list[ServerProcess] = field(default_factory=list)
    live: list[ServerProcess] = field(default_factory=list)
    web: list[ServerProcess] = field(default_factory=list)
    jobs: list[ServerProcess] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return (self.whole or self.web)[0].origin

    def processes(self) -> list[ServerProcess]:
        """All of them."""
        return [*self.whole, *self.live, *self.web, *self.jobs]

    def start(self, *arguments: str, port: int | None = None) -> ServerProcess:
        """Start one more `manage.py serve` with these arguments; wait until it answers."""
        port = port or free_port()
        started = self.launch(*arguments, "--port", str(port), port=port)
        {"--live": self.live, "--web": self.web}.get(arguments[0] if arguments else "", self.whole).append(
            started
        )
        until(
            lambda: started.ready("/live/healthz" if "--live" in arguments else "/readyz"), what="it serves"
        )
        return started

    def start_jobs(self) -> ServerProcess:
        """Start a worker process (`serve --jobs`); it has no address, so there is nothing to wait for."""
        started = self.launch("--jobs", port=free_port())
        self.jobs.append(started)
        return started

    def launch(self, *arguments: str, port: int) -> ServerProcess:
        """Start a process without waiting."""
        log = self.folder / f"{len(list(self.folder.iterdir()))}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *arguments],
                cwd=PROJECT,
                env=os.environ | {"PORT": str(port)} | self.settings,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return ServerProcess(f"http://127.0.0.1:{port}", process, log)


def site_settings(origins: list[str], redis_url: str = "") -> dict[str, str]:
    """The environment of a site on the test database that trusts pages from these origins."""
    return {
        "DJANGO_SETTINGS_MODULE": "kyoso.settings",
        "DATABASE_URL": test_database_url(),
        "DATABASE_POOL": "6",
        "SECRET_KEY": os.environ["SECRET_KEY"],
        "SITE_URL": ",".join(origins),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "EMAIL_URL": "smtp://127.0.0.1:9?tls=off",
        "REDIS_URL": redis_url,
        "DRAIN_SECONDS": "1",
        "LOG_LEVEL": "INFO",
        "REQUIRE_SECOND_FACTOR": "no",  # tests of it say yes
    }


def test_database_url() -> str:
    """The address of the database this test run uses."""
    parameters = connection.get_connection_params()
    user = f"{quote(parameters['user'])}:{quote(parameters.get('password') or '')}"
    place = f"host={quote(parameters['host'])}&port={parameters.get('port') or 5432}"
    return f"postgresql://{user}@/{quote(parameters['dbname'])}?{place}"


test_database_url.__test__ = False


@contextmanager
def running_site(
    folder: Path,
    *,
    live: int = 0,
    web: int = 0,
    workers: int = 0,
    redis_url: str = "",
    tell=print,
    **settings: str,
) -> Iterator[LiveSite]:
    """Start a site in one process, or with `live` and `web` processes of each kind; stop it at the end.

    With `workers` each live process is a supervisor of so many.

    `tell` gets the log of every process: printed, pytest shows it when the test fails.
    """
    ports = [free_port() for _ in range(max(1, live + web))]
    origins = [f"http://127.0.0.1:{port}" for port in ports]
    site = LiveSite(folder, site_settings(origins, redis_url) | settings)
    under_supervisor = ["--workers", str(workers)] if workers else []
    kinds = [["--live", *under_supervisor]] * live + [["--web"]] * web or [[]]
    try:
        for arguments, port in zip(kinds, ports, strict=True):
            site.start(*arguments, port=port)
        yield site
    finally:
        for server in site.processes():
            server.leave()
            tell(f"--- {server.origin}\n{server.words()}")
