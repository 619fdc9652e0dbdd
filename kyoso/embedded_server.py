"""The server process of the embedded PostgreSQL: made, started, found again after a crash, stopped.

Called by kyoso.embedded alone, which holds the lock that keeps two processes from doing so at once.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg

from kyoso.embedded_account import EmbeddedError, Places, open_own

ROLE = DATABASE = "kyoso"
SOCKET_PORT = 5432
LAUNCH_LIMIT_SECONDS = 15
RECOVERY_LIMIT_SECONDS = 300
# The one collation that sorts alike on every machine: PostgreSQL's own, not the operating system's.
INITDB = (
    "--username=kyoso",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth-local=trust",
    "--auth-host=reject",
    "--no-instructions",
)
SETTINGS = {
    "listen_addresses": "",
    "port": str(SOCKET_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "fsync": "on",
    "full_page_writes": "on",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}

# Kept, so that Python does not warn about a child that is meant to outlive this process.
_children: list[subprocess.Popen] = []


def address(where: Places, database: str = DATABASE) -> str:
    """The address of one database of the server that lives at `where`."""
    return f"postgresql://{ROLE}@/{database}?host={quote(str(where.socket_folder))}&port={SOCKET_PORT}"


def bring_up(where: Places) -> None:
    """Make the server run and accept connections, with its database and extension.

    Raises: EmbeddedError when it cannot.
    """
    if not (where.cluster / "PG_VERSION").exists():
        make_cluster(where)
    start(where)
    make_database(where)


def stop(where: Places) -> None:
    """Stop the server in PostgreSQL's fast mode: open transactions are rolled back, all else is kept."""
    if server_pid(where):
        run(where, "pg_ctl", "-D", str(where.cluster), "-m", "fast", "-w", "-t", "60", "stop")


def make_cluster(where: Places) -> None:
    """Create the database cluster beside its final place and move it there when it is complete."""
    if where.moved:
        sentence = f"The account {where.account.name} cannot reach this project; PostgreSQL's files are in"
        print(f"{sentence} {where.home}.", file=sys.stderr)
    unfinished = where.cluster.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(where, "initdb", *INITDB, *([] if durable() else ["--no-sync"]), "-D", str(unfinished))
    unfinished.rename(where.cluster)


def durable() -> bool:
    """Whether a power cut must not lose anything; tests do without (KYOSO_TEST_DATABASE)."""
    return not os.environ.get("KYOSO_TEST_DATABASE")


def start(where: Places) -> None:
    """Start the server unless it runs, and wait until it accepts connections."""
    begun = time.monotonic()
    while not accepts(where):
        passed = time.monotonic() - begun
        if not server_pid(where):
            # The processes of a killed server may linger for a moment, and a new one then refuses to start.
            if passed > LAUNCH_LIMIT_SECONDS:
                raise EmbeddedError(f"PostgreSQL does not start; its last words are in {where.log}.")
            launch(where)
        elif passed > RECOVERY_LIMIT_SECONDS:
            raise EmbeddedError(f"PostgreSQL does not answer; its last words are in {where.log}.")
        time.sleep(0.05)


def server_pid(where: Places) -> int | None:
    """The process id of the running server of this cluster, or None."""
    pid = recorded_pid(where.cluster / "postmaster.pid")
    try:
        return pid if pid and str(where.cluster) in psutil.Process(pid).cmdline() else None
    except psutil.Error:
        return None


def recorded_pid(path: Path) -> int | None:
    """The process id in the first line of one of PostgreSQL's lock files, or None."""
    try:
        return abs(int(path.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None


def forget_dead_server(where: Places) -> None:
    """Remove lock files whose process id now belongs to another program.

    PostgreSQL itself forgives a dead process id, but after a reboot the number may be somebody else's,
    and then it would refuse to start.
    """
    for path in (where.cluster / "postmaster.pid", where.socket_folder / f".s.PGSQL.{SOCKET_PORT}.lock"):
        if path.exists() and (pid := recorded_pid(path)) is not None and psutil.pid_exists(pid):
            path.unlink()


def launch(where: Places) -> None:
    """Start the server and wait until it has taken the cluster, or has given up.

    Not through pg_ctl, which hands its paths to a shell. A session of its own keeps Ctrl-C away from it.
    """
    forget_dead_server(where)
    write_settings(where)
    with open_own(where.log, "ab", where.account) as log:
        child = subprocess.Popen(
            [where.program("postgres"), "-D", str(where.cluster)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **surroundings(where),
        )
    _children.append(child)
    while child.poll() is None and not server_pid(where):
        time.sleep(0.02)


def write_settings(where: Places) -> None:
    """Write postgresql.conf, so that a new version of Kyoso brings its new settings to an old cluster."""
    settings = SETTINGS | {"unix_socket_directories": f'"{where.socket_folder}"'}
    settings |= {} if durable() else NOT_DURABLE
    lines = [f"{key} = '{value.replace(chr(39), chr(39) * 2)}'\n" for key, value in settings.items()]
    with open_own(where.cluster / "postgresql.conf", "w", where.account) as file:
        file.write("# Written by kyoso/embedded_server.py at every start.\n" + "".join(lines))


def accepts(where: Places) -> bool:
    """Whether the server answers."""
    try:
        with psycopg.connect(address(where, "postgres"), connect_timeout=10):
            return True
    except psycopg.OperationalError:
        return False


def make_database(where: Places) -> None:
    """Create the database and the extension for vectors where they are missing."""
    with psycopg.connect(address(where, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {DATABASE}")
    with psycopg.connect(address(where), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


def run(where: Places, name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as its account. Raises EmbeddedError with what it said."""
    result = subprocess.run(
        [where.program(name), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **surroundings(where),
    )
    if result.returncode:
        words = (result.stderr or result.stdout).strip()
        raise EmbeddedError(f"PostgreSQL's {name} failed: {words} (see also {where.log})")


def surroundings(where: Places) -> dict[str, Any]:
    """Account, folder and environment of PostgreSQL's programs; the caller's PG* variables stay outside."""
    environment = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    environment |= {"LC_ALL": "C", "HOME": str(where.home)}
    return {"cwd": where.home, "env": environment, **where.account.popen_arguments()}
