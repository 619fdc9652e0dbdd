"""The product's own SQL, replayed by pgbench: the upper limit of what a post can cost the database."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from bench.arms import Sample
from bench.machine import LOAD_CORE, pin
from kyoso import embedded, embedded_account, embedded_server

CID = "lpad(to_hex(:cid::bigint), 32, '0')::uuid"
INSERT_POST = 'INSERT INTO "channels_app_post"'
NUMBER = re.compile(r'(UPDATE "channels_app_post" SET "n" = )\d+')


class ReplayFailed(Exception):
    """pgbench did not run; the text is what it said."""


@dataclass(frozen=True)
class Replay:
    """A script for pgbench made of the statements of one post."""

    script: Path
    statements: int

    def turn(self, clients: int, seconds: float, most: int) -> Sample:
        """Run it with so many connections; `cpu` stays 0, because there is no server of ours."""
        logs = self.script.with_suffix("")
        length = ["-t", str(most)] if most < 1_000 else ["-T", str(max(1, round(seconds)))]
        command = [program(), "-n", "-f", str(self.script), "-c", str(clients), "-l", f"--log-prefix={logs}"]
        process = subprocess.Popen(
            [*command, *length, database()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        pin(process.pid, LOAD_CORE)
        words, _ = process.communicate(timeout=120)
        if process.returncode:
            raise ReplayFailed(words)
        times = [
            ms for log in self.script.parent.glob(f"{logs.name}.*") if log != self.script for ms in read(log)
        ]
        rate = float(re.search(r"tps = ([\d.]+)", words)[1])
        return Sample(times, len(times) / rate, 0.0, {"done": len(times)})


def read(log: Path) -> list[float]:
    """The times in ms of a pgbench log, which is removed."""
    times = [int(line.split()[2]) / 1000 for line in log.read_text().splitlines()]
    log.unlink()
    return times


def program() -> str:
    """The pgbench of the embedded PostgreSQL."""
    return embedded_account.places(embedded.default_var()).program("pgbench")


def database() -> str:
    """The address of the database this process uses, as libpq reads it."""
    return embedded_server.address(
        embedded_account.places(embedded.default_var()), connection.settings_dict["NAME"]
    )


def of(statements: list[str], post_id: int, cid: str, folder: Path) -> Replay:
    """A script that repeats these statements, each time with a new post."""
    lines = ["\\set cid random(1, 9000000000000000000)"]
    for statement in statements:
        sql = " ".join(statement.split()).rstrip(";").replace(f"'{cid}'::uuid", CID)
        if sql.startswith(INSERT_POST):
            lines.append(f"{sql} \\gset")
            continue
        sql = re.sub(rf"\b{post_id}\b", ":id", NUMBER.sub(r"\1:n", sql))
        lines.append(f"{sql} \\gset" if "INSERT INTO live_event" in sql else f"{sql};")
    script = folder / "post.sql"
    script.write_text("\n".join(lines) + "\n")
    return Replay(script, len(statements))
