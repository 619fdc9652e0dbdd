"""The embedded PostgreSQL: shared by processes, stopped by the last, found again after a crash."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from kyoso import embedded
from kyoso.embedded_account import FALLBACK_ROOT, fingerprint, places
from kyoso.embedded_server import server_pid
from tests.orphans import stop_orphan

PROJECT = Path(__file__).resolve().parent.parent
USE = "import sys; from kyoso import embedded; embedded.start(); print('up', flush=True); sys.stdin.read()"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root lends PostgreSQL another account.")


def begin(var: Path) -> subprocess.Popen:
    """Start a process that uses the server until its standard input ends."""
    environment = os.environ | {"KYOSO_VAR": str(var), "KYOSO_TEST_DATABASE": "1"}
    return subprocess.Popen(
        [sys.executable, "-c", USE],
        cwd=PROJECT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def arrive(user: subprocess.Popen) -> None:
    line = user.stdout.readline()
    assert line == "up\n", user.stderr.read()


def leave(user: subprocess.Popen) -> str:
    """Let the process end normally; gives what it said on standard error."""
    _, words = user.communicate(timeout=60)
    assert user.returncode == 0, words
    return words


@contextmanager
def use(var: Path) -> Iterator[int]:
    """A process that uses the server; gives the server's process id."""
    user = begin(var)
    arrive(user)
    yield server_pid(places(var))
    leave(user)


def rows(var: Path, sql: str) -> list[tuple]:
    with psycopg.connect(embedded.database_url(var)) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchall() if cursor.description else []


def test_embedded_has_a_database_with_vectors_and_one_collation_everywhere(var):
    with use(var):
        assert rows(var, "SELECT extname FROM pg_extension ORDER BY 1") == [("plpgsql",), ("vector",)]
        collation = "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
        assert rows(var, f"{collation} WHERE datname = 'kyoso'") == [("b", "C.UTF-8", "UTF8")]


def test_embedded_opens_no_port_and_its_socket_is_private(var):
    with use(var):
        assert rows(var, "SHOW listen_addresses") == [("",)]
        assert psutil.Process(server_pid(places(var))).net_connections("inet") == []
        assert stat.S_IMODE(places(var).socket_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(places(var).home.stat().st_mode) == 0o700


def test_embedded_keeps_rows_between_starts(var):
    with use(var) as first:
        rows(var, "CREATE TABLE kept AS SELECT 7 AS number")
    assert server_pid(places(var)) is None
    with use(var) as second:
        assert rows(var, "SELECT number FROM kept") == [(7,)]
    assert first != second


def test_embedded_is_stopped_by_the_last_user_only(var):
    with use(var) as server:
        with use(var) as same:
            assert same == server
        assert server_pid(places(var)) == server
    assert server_pid(places(var)) is None


def test_embedded_survives_starts_at_the_same_moment(var):
    users = [begin(var) for _ in range(4)]
    for user in users:
        arrive(user)
    assert rows(var, "SELECT count(*) FROM pg_database WHERE datname = 'kyoso'") == [(1,)]
    for user in users:
        leave(user)
    assert server_pid(places(var)) is None


def test_embedded_reuses_the_server_of_a_killed_process(var):
    user = begin(var)
    arrive(user)
    orphan = server_pid(places(var))
    user.kill()
    user.wait()
    assert server_pid(places(var)) == orphan
    with use(var) as server:
        assert server == orphan
    assert server_pid(places(var)) is None


def test_embedded_recovers_a_killed_server(var):
    user = begin(var)
    arrive(user)
    rows(var, "CREATE TABLE kept AS SELECT 7 AS number")
    dead = server_pid(places(var))
    os.kill(dead, signal.SIGKILL)
    user.kill()
    user.wait()
    assert (places(var).cluster / "postmaster.pid").exists()
    with use(var) as server:
        assert server != dead
        assert rows(var, "SELECT number FROM kept") == [(7,)]


def test_embedded_starts_when_the_old_process_id_belongs_to_somebody_else(var):
    with use(var):
        lines = (places(var).cluster / "postmaster.pid").read_text().split("\n", 1)
    stranger = subprocess.Popen(["sleep", "600"], **places(var).account.popen_arguments())
    try:
        stale = places(var).cluster / "postmaster.pid"
        stale.write_text(f"{stranger.pid}\n{lines[1]}")
        (places(var).socket_folder / ".s.PGSQL.5432.lock").write_text(f"{stranger.pid}\n{lines[1]}")
        with use(var) as server:
            assert server != stranger.pid
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_embedded_starts_over_when_the_first_start_was_cut_off(var):
    with use(var):
        pass
    where = places(var)
    where.cluster.rename(where.cluster.with_suffix(".unfinished"))
    (where.cluster.with_suffix(".unfinished") / "PG_VERSION").unlink()
    with use(var):
        assert rows(var, "SELECT 1") == [(1,)]


def test_embedded_works_in_a_long_path_with_spaces_and_quotes(var):
    deep = var.parent / ("とても長い " + "x" * 90) / 'it\'s "here"' / "var"
    with use(deep):
        assert rows(deep, "SELECT 1") == [(1,)]
        assert len(os.fsencode(places(deep).socket_folder)) < 60
    shutil.rmtree(places(deep).socket_folder)


def test_embedded_refuses_a_socket_folder_somebody_else_made(var):
    deep = var.parent / ("x" * 110) / "var"
    planted = places(deep).socket_folder
    planted.mkdir(mode=0o777)
    planted.chmod(0o777)
    try:
        user = begin(deep)
        _, words = user.communicate(timeout=60)
        assert user.returncode == 1
        assert f"{planted} belongs to another account or is open to others; please remove it." in words
    finally:
        planted.rmdir()


@as_root
def test_embedded_as_root_runs_as_an_ordinary_account(var):
    with use(var) as server:
        assert psutil.Process(server).uids().effective not in (0,)


@as_root
def test_embedded_as_root_opens_no_private_folder(var):
    home = var.parent / "home"
    home.mkdir(mode=0o700)
    var = home / "project" / "var"
    var.mkdir(parents=True)
    before = {path: path.stat() for path in (var, *var.parents)}
    moved = FALLBACK_ROOT / fingerprint(var)
    try:
        user = begin(var)
        arrive(user)
        assert places(var).home == moved
        assert rows(var, "SELECT 1") == [(1,)]
        assert leave(user) == (
            f"The account {places(var).account.name} cannot reach this project; "
            f"PostgreSQL's files are in {moved}.\n"
        )
        after = {path: path.stat() for path in (var, *var.parents)}
        assert [(p.st_mode, p.st_uid) for p in before.values()] == [
            (p.st_mode, p.st_uid) for p in after.values()
        ]
    finally:
        stop_orphan(var)
        shutil.rmtree(moved, ignore_errors=True)
