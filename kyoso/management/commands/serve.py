"""Start the servers."""

import asyncio
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from kyoso import jobs
from kyoso.lib import environment as env
from kyoso.management import serving


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
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)

    def handle(self, *args: object, host: str, port: int, live: bool, **options: bool) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        serving.leave_politely()
        if options["jobs"]:
            asyncio.run(
                jobs.work(concurrency=env.number("JOB_THREADS", 4, 1, 64), install_signal_handlers=True)
            )
        elif options["web"]:
            serving.taken_socket(host, port).close()
            serving.serve_pages(host, port)
        else:
            serving.serve_asgi(
                "kyoso.asgi:live_application" if live else "kyoso.asgi:application",
                serving.taken_socket(host, port),
                spread=env.number("DRAIN_SECONDS", 20, 0, 300),
                announce=lambda: self.stdout.write(f"Serving on {host}:{port}"),
            )
