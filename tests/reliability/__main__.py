"""`python -m tests.reliability [--profile short] [--only R1,R3] [--seed N] [--write-docs]`.

Starts a PostgreSQL of its own under var/reliability/ (or KYOSO_VAR/reliability/) with an empty database,
makes one figure after the other, and exits with 1 when a check failed. What it started is stopped, also
after Ctrl-C.
"""

import argparse
import fcntl
import os
import random
import secrets
import shutil
import signal
import sys
from importlib import import_module
from pathlib import Path

import django
import psycopg
from django.core.management import call_command

from kyoso import embedded, embedded_account, embedded_server
from tests.reliability import figures
from tests.waiting import free_port

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reliability.md"


def wishes(arguments: list[str]) -> argparse.Namespace:
    """What is asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("--profile", choices=figures.PROFILES, default="short")
    parser.add_argument("--only", default="", help="such as R1,R3; default: all")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--write-docs", action="store_true", help="write docs/reliability.md")
    found = parser.parse_args(arguments)
    found.names = found.only.split(",") if found.only else list(figures.FIGURES)
    unknown = set(found.names) - set(figures.FIGURES)
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    return found


def prepared(var: Path) -> Path:
    """An empty site in `var`, with Django set up for it; returns the folder for scratch files.

    Only ever below a folder named `reliability`: its database is dropped.
    """
    var.mkdir(parents=True, exist_ok=True)
    var.chmod(0o755)
    for name in ("DATABASE_URL", "REDIS_URL", "KYOSO_TEST_DATABASE"):
        os.environ.pop(name, None)  # a database that may forget commits would prove nothing
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.reliability.settings",
        "KYOSO_VAR": str(var),
        "PORT": str(free_port()),
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "WARNING",
    }
    embedded.start()
    where = embedded_account.places(var)
    with psycopg.connect(embedded_server.address(where, "postgres"), autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS kyoso WITH (FORCE)")
    embedded_server.make_database(where)
    django.setup()
    call_command("prepare")
    call_command("collectstatic", verbosity=0, interactive=False)
    scratch = var / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    return scratch


def main(arguments: list[str]) -> int:
    """Make the figures; returns the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    asked = wishes(arguments)
    var = Path(os.environ.get("KYOSO_VAR") or PAGE.parents[1] / "var").resolve() / "reliability"
    var.mkdir(parents=True, exist_ok=True)
    with (var / "running.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"A run is going on in {var}.", file=sys.stderr)
            return 2
        scratch = prepared(var)
        # Imports models, so it needs the settings that are there only now.
        making = import_module("tests.reliability.making")
        return making.make(
            asked.names,
            making.Stage(asked.profile, asked.seed, scratch),
            var,
            PAGE if asked.write_docs else None,
        )


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
