"""Start the servers."""

import asyncio
from argparse import SUPPRESS, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kyoso import jobs
from kyoso.lib import environment as env
from kyoso.management import pages, serving, workers
from kyoso.management.supervisor import supervise

MOST_WORKERS = 64


class Command(BaseCommand):
    """`serve` runs everything in one process; an option runs one part, for several processes and machines."""

    help = "Serve the site: everything in one process, or with an option one part of it."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read which part, and where to listen."""
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--live", action="store_true", help="only /live/* and WebSockets (uvicorn)")
        part.add_argument("--web", action="store_true", help="only the pages (granian)")
        part.add_argument("--jobs", action="store_true", help="only the background jobs")
        part.add_argument("--worker", default="", help=SUPPRESS)  # started by a supervisor
        parser.add_argument(
            "--workers", type=int, default=0, metavar="N", help="with --live: N processes under a supervisor"
        )
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: object, host: str, port: int, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        if options["workers"] and not (options["live"] and 0 < options["workers"] <= MOST_WORKERS):
            raise CommandError(f"--workers takes 1 to {MOST_WORKERS} and goes with --live.")
        serving.leave_politely()
        spread = env.number("DRAIN_SECONDS", 20, 0, 300)
        if options["jobs"]:
            work_off_jobs()
        elif options["web"]:
            pages.serve_pages(serving.taken_socket(host, port))
        elif options["worker"]:
            workers.work(options["worker"], spread)
        elif options["workers"]:
            found = serving.taken_socket(host, port)
            self.announce(host, port)
            if not supervise(found, options["workers"], spread):
                raise CommandError("No worker got ready.")
        else:
            serving.serve_asgi(
                "kyoso.asgi:live_application" if options["live"] else "kyoso.asgi:application",
                serving.taken_socket(host, port),
                spread=spread,
                announce=lambda: self.announce(host, port),
            )

    def announce(self, host: str, port: int) -> None:
        """Tell the person at the keyboard."""
        self.stdout.write(f"Serving on {host}:{port}")
        self.stdout.flush()


def work_off_jobs() -> None:
    """Run a job worker until SIGTERM or Ctrl-C; what is under way gets 20 seconds."""
    threads = env.number("JOB_THREADS", 4, 1, 64)
    asyncio.run(jobs.work(concurrency=threads, install_signal_handlers=True))
