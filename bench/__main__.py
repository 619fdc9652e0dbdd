"""`python -m bench`: seed the benchmark's sites when they are empty, measure, print and keep the report.

BENCH_POSTS=50000 makes a smaller full site for a quick look. Everything is on the loopback interface, and
what was started is stopped, also after Ctrl-C. The two sites stay under var/bench/ for the next run.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from bench import site
from kyoso import embedded

PROJECT = Path(__file__).resolve().parent.parent
BENCH_VAR = PROJECT / "var" / "bench"
SMALL_POSTS, FULL_POSTS = 10_000, 1_000_000


def seed(var: Path, *arguments: str) -> None:
    """Bring one site to this version, and fill it when it is empty."""
    command = [sys.executable, "manage.py", "bench_seed", *arguments]
    subprocess.run(command, cwd=PROJECT, env=os.environ | {"KYOSO_VAR": str(var)}, check=True)


def main(arguments: list[str]) -> None:
    """Prepare both sites, then measure in this process, which belongs to the full one."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    posts = os.environ.get("BENCH_POSTS", str(FULL_POSTS))
    full = Path(os.environ.get("BENCH_SITE") or BENCH_VAR / f"site-{posts}")
    ports = site.free_ports()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PORT": str(ports["whole"]),
        "SITE_URL": site.origins(ports),
        "KYOSO_VAR": str(full),
        "LOG_LEVEL": "WARNING",
    }
    os.environ.pop("DATABASE_URL", None)
    seed(BENCH_VAR / "site-small", "--small", "--posts", str(SMALL_POSTS))
    seed(full, "--posts", posts)
    embedded.start()
    execute_from_command_line(["bench", "bench", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
