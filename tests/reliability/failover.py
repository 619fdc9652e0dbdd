"""A failover for real: a copy of the database server follows it, loses touch, is promoted, and takes over.

Needs an embedded PostgreSQL (kyoso.embedded) to copy from, about 100 MB of disk, and a folder that the
database's account may pass. A site reaches the database by the folder of a `Switch`, as it would by the
address that a cluster manager moves; the failover of everything is then `take_over`.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import psycopg

from kyoso import embedded_server as server
from kyoso.embedded_account import Places, make_private
from tests.waiting import until

FOLLOWED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Switch:
    """A socket folder that leads to one server, and later to another one."""

    def __init__(self, folder: Path, first: Places):
        self.link = folder / "database"
        self.lead_to(first)

    def lead_to(self, where: Places) -> None:
        """Whoever connects from now on reaches this server."""
        beside = self.link.with_suffix(".new")
        beside.symlink_to(where.socket_folder)
        beside.replace(self.link)

    def address(self, database: str) -> str:
        """The DATABASE_URL of a site."""
        return (
            f"postgresql://{server.ROLE}@/{database}?host={quote(str(self.link))}&port={server.SOCKET_PORT}"
        )


@dataclass(frozen=True)
class Replica:
    """A copy that follows `primary`, until it is promoted."""

    primary: Places
    places: Places

    def asked(self, where: Places, sql: str, *values: object) -> tuple:
        """The first row that one of the two answers."""
        with psycopg.connect(server.address(where, "postgres"), autocommit=True) as database:
            cursor = database.execute(sql, values)
            return cursor.fetchone() if cursor.description else ()

    def catch_up(self) -> None:
        """Wait until everything that was committed is in the copy."""
        (end,) = self.asked(self.primary, "SELECT pg_current_wal_flush_lsn()::text")
        until(lambda: self.asked(self.places, FOLLOWED, end)[0], what="the copy has followed")

    def lose_touch(self) -> None:
        """Hear nothing any more: what is committed from now on will be lost."""
        self.asked(self.places, "ALTER SYSTEM SET primary_conninfo = ''")
        self.asked(self.places, "SELECT pg_reload_conf()")
        receivers = "SELECT count(*) FROM pg_stat_wal_receiver"
        until(lambda: self.asked(self.places, receivers) == (0,), what="the copy hears nothing")

    def take_over(self, switch: Switch, database: str) -> None:
        """Promote the copy, lead everybody to it, and end the connections to the old server's database."""
        server.run(self.places, "pg_ctl", "-D", str(self.places.cluster), "-w", "promote")
        switch.lead_to(self.places)
        ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        self.asked(self.primary, ended, database)

    def restart(self) -> None:
        """Stop it and start it again, as for an update: the timeline stays."""
        server.stop(self.places)
        server.start(self.places)

    def timeline(self) -> str:
        """The copy's present timeline, once it is promoted."""
        return self.asked(self.places, "SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)")[0]


@contextmanager
def replica(primary: Places, folder: Path) -> Iterator[Replica]:
    """A running copy of a running server, in `folder`, following it; stopped and removed at the end."""
    where = replace(primary, home=folder / "replica")
    for private in (where.home, where.socket_folder):
        make_private(private, where.account)
    source = f"host={primary.socket_folder} port={server.SOCKET_PORT} user={server.ROLE}"
    try:
        target = ("-D", str(where.cluster), "-d", source)
        server.run(where, "pg_basebackup", *target, "-R", "-X", "stream", "-c", "fast", "--no-sync")
        server.start(where)
        yield Replica(primary, where)
    finally:
        server.stop(where)
        shutil.rmtree(where.home)
