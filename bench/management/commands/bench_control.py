"""Serve a control application of the benchmark."""

import uvicorn
from django.core.management.base import BaseCommand

from kyoso.management import serving


class Command(BaseCommand):
    """`bench_control bench.raw:application PORT`: under exactly the product's uvicorn settings."""

    help = "Serve a control application of the benchmark."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        """Which application, and where."""
        parser.add_argument("application")
        parser.add_argument("port", type=int)

    def handle(self, *args, application: str, port: int, **options) -> None:
        """Serve until SIGTERM."""
        serving.leave_politely()
        config = serving.uvicorn_config(application)
        config.lifespan = "off"
        uvicorn.Server(config).run(sockets=[serving.taken_socket("127.0.0.1", port)])
