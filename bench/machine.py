"""The machine a figure belongs to, and who runs on which of its cores."""

import contextlib
import importlib.metadata
import os
import platform
import resource
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil
from django.db import connection

PROJECT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
PACKAGES = ("django", "channels", "uvicorn", "granian", "a2wsgi", "psycopg", "uvloop", "websockets")
FILES_WANTED = 8_192


def pin(pid: int, core: int) -> None:
    """Keep a process, and the children it starts from now on, on one core; on one core or macOS nothing."""
    if hasattr(os, "sched_setaffinity") and core in os.sched_getaffinity(0):
        os.sched_setaffinity(pid, {core})


def allow_many_sockets() -> None:
    """Raise the limit of open files as far as this account may; children inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def described() -> dict[str, str]:
    """Machine, versions, commit and day, for the head of a report."""
    return {
        "day": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": commit(),
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "postgresql": postgresql(),
        "load before": f"{os.getloadavg()[0]:.1f}",
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }


def commit() -> str:
    """The short id of the commit, with + when files differ from it; "-" outside a repository."""
    asked = ["git", "describe", "--always", "--exclude=*", "--dirty=+"]
    told = subprocess.run(asked, cwd=PROJECT, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "-"


def processor() -> str:
    """The name of the processor, as Linux tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def postgresql() -> str:
    """The version of the database server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return cursor.fetchone()[0]
