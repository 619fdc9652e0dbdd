"""One run: the figures one after the other, each printed and kept, and the exit status."""

import importlib.metadata
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench import machine
from tests.reliability import report
from tests.reliability.figures import made
from tests.reliability.stage import Stage
from tests.waiting import require

__all__ = ["Stage", "make"]


def make(names: Sequence[str], stage: Stage, var: Path, page: Path | None) -> int:
    """Make each figure, print it, keep it in var/report.json; then write `page`. Returns the exit status."""
    machine.allow_many_sockets()
    machine.pin(0, machine.LOAD_CORE)
    failed, kept = [], {}
    for name in names:
        print(f"making {name} ({stage.profile}, seed {stage.seed}) …", file=sys.stderr, flush=True)
        found = header(stage)
        figure = made(name, stage)
        print(report.printed(figure, found), flush=True)
        kept = report.keep(report.plain(figure, found), var / "report.json")
        failed += [] if figure.ok else [name]
    if page:
        page.write_text(report.page(kept))
    print(f"{var / 'report.json'}; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def header(stage: Stage) -> dict[str, str]:
    """Profile, seed, machine and versions a figure belongs to, at this moment."""
    return {
        "profile": stage.profile,
        "seed": str(stage.seed),
        **machine.described(),
        "channels-redis": importlib.metadata.version("channels-redis"),
        "redis": redis_version(),
    }


def redis_version() -> str:
    """The version of the Redis server that is installed."""
    told = subprocess.run([require("redis-server"), "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split("v=")[1].split()[0]
