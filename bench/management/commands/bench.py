"""Measure the figures of this machine."""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand

from bench import channel_page, directory, doors, fanout, growth, machine, post, sidebar
from bench.driver import driving
from bench.report import Report, goal_table, tables
from bench.site import SERVERS, Site, site_of
from bench.stage import Figure, Size, Stage

PAGE = settings.BASE_DIR / "docs" / "performance.md"
RESULTS = settings.BASE_DIR / "var" / "bench"
FIGURES = ("channel_page", "post", "sidebar", "directory", "doors", "growth", "fanout")
MEASURES = {
    "channel_page": channel_page,
    "post": post,
    "sidebar": sidebar,
    "directory": directory,
    "doors": doors,
    "fanout": fanout,
}


class Command(BaseCommand):
    """Every figure, or those named; started by `python -m bench`, which prepares the sites."""

    help = "Measure the figures of this machine."
    requires_system_checks = []

    def add_arguments(self, parser) -> None:
        """Which figures, how long, and whether the documentation gets the table."""
        parser.add_argument("figures", nargs="*", choices=[*FIGURES, []], help="default: all")
        parser.add_argument("--seconds", type=float, default=Size.seconds, help="of one turn of one arm")
        parser.add_argument("--asks", type=int, default=Size.asks, help="of each kind at a door")
        parser.add_argument(
            "--write-docs", action="store_true", help="put the tables into docs/performance.md"
        )

    def handle(
        self, *args, figures: list[str], seconds: float, asks: int, write_docs: bool, **options
    ) -> None:
        """Measure one figure after the other, then report."""
        machine.allow_many_sockets()
        described = machine.described()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="kyoso-bench-")))
            driver = stack.enter_context(driving())
            site, small = self.sites(folder)
            stage = Stage(site, driver, folder, Size(seconds=seconds, asks=asks))
            report = Report(described, [])
            for name in figures or FIGURES:
                report.figures.append(self.measure(name, stage, small))
                self.stdout.write("\n".join([*tables([report.figures[-1]]), ""]))
        self.stdout.write("\n".join([*goal_table(report.figures), ""]))
        self.stdout.write(f"{report.write(RESULTS)}")
        if write_docs:
            report.insert_into(PAGE)

    def sites(self, folder: Path) -> tuple[Site, Site]:
        """The full site, which this process belongs to, and the small one."""
        given = [urlsplit(origin).port for origin in settings.SITE_ORIGINS]
        ports = dict(zip(SERVERS, given, strict=True))
        small = site_of(folder, ports, KYOSO_VAR=str(RESULTS / "site-small"))
        return site_of(folder, ports), small

    def measure(self, name: str, stage: Stage, small: Site) -> Figure:
        """One figure, announced before it begins."""
        self.stderr.write(f"measuring {name} …")
        if name == "growth":
            return growth.figure(stage, small)
        return MEASURES[name].figure(stage)
