"""PostgreSQL's client programs, pg_dump and pg_restore, of the same major version as the server.

Kyoso brings those of one version along (the package of the embedded PostgreSQL); for a server of another
version they come from the machine. An older program cannot read a newer server, and what a newer one writes
an older server may refuse.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from kyoso.backups import BackupError
from kyoso.embedded_account import BINARIES, SITE_PACKAGES

DEBIAN = "/usr/lib/postgresql/{major}/bin"
PARAMETERS = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def folder_for(major: int) -> Path:
    """Where pg_dump and pg_restore of a major version are. Raises BackupError when they are nowhere."""
    for folder in candidates(major):
        if {version_of(folder / "pg_dump"), version_of(folder / "pg_restore")} == {major}:
            return folder
    raise BackupError(
        f"データベースはPostgreSQL {major}ですが、同じ版のpg_dumpとpg_restoreがこの機械にありません。"
        f"PostgreSQL {major}のクライアント（DebianやUbuntuではpostgresql-client-{major}）を入れてください。"
    )


def candidates(major: int) -> list[Path]:
    """The folders to look into, in this order."""
    found = shutil.which("pg_dump")
    return [
        SITE_PACKAGES / BINARIES,
        Path(DEBIAN.format(major=major)),
        *([Path(found).parent] if found else []),
    ]


def version_of(program: Path) -> int | None:
    """The major version that a program says of itself, or None when it does not run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+)", said.stdout)
    return int(found[1]) if found else None


def run(program: Path, arguments: list[str], parameters: dict[str, Any], said: IO[bytes]) -> None:
    """Run a client program on the database of these psycopg parameters; the command line has no password.

    What it says goes into the file `said`. Raises BackupError with its first complaint.
    """
    finish(start(program, arguments, parameters, stdin=subprocess.DEVNULL, stdout=said))


def feed(
    program: Path, arguments: list[str], parameters: dict[str, Any], write: Callable[[IO[bytes]], None]
) -> None:
    """Run a client program that reads what `write` writes. Raises BackupError with its first complaint."""
    started = start(program, arguments, parameters, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        with suppress(BrokenPipeError), started.stdin as pipe:  # type: ignore[union-attr]
            write(pipe)
    except BaseException:
        started.kill()
        started.wait()
        raise
    started.stdin = None  # closed; communicate() must not flush it again
    finish(started)


def start(
    program: Path, arguments: list[str], parameters: dict[str, Any], **streams: int | IO[bytes]
) -> subprocess.Popen:
    """Start a client program."""
    environment = surroundings(parameters)
    return subprocess.Popen([program, *arguments], env=environment, stderr=subprocess.PIPE, **streams)  # type: ignore[call-overload]


def finish(started: subprocess.Popen) -> None:
    """Wait for a program; it ends with us, whatever is raised. Raises BackupError when it failed."""
    try:
        _, said = started.communicate()
    finally:
        started.kill()
        started.wait()
    if started.returncode:
        words = said.decode(errors="replace").strip().split("\n", 1)[0]
        raise BackupError(f"{Path(str(started.args[0])).name} が失敗しました：{words}")  # type: ignore[index]


def surroundings(parameters: dict[str, Any]) -> dict[str, str]:
    """The variables by which PostgreSQL's programs find a database."""
    ours = {key: text for key, text in os.environ.items() if not key.startswith("PG")}
    given = {PARAMETERS[key]: str(value) for key, value in parameters.items() if key in PARAMETERS and value}
    return ours | given | {"PGAPPNAME": "kyoso-backup", "LC_ALL": "C"}
