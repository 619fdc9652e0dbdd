"""The product's own SQL, replayed by pgbench: the upper limit of what a post can cost the database."""

import re
import subprocess
from pathlib import Path
from uuid import UUID

from django.db import connection

from bench.arms import Sample
from bench.machine import LOAD_CORE, pin
from kyoso import embedded, embedded_account, embedded_server

CID = "lpad(to_hex(:cid::bigint), 32, '0')::uuid"
INSERT_POST = 'INSERT INTO "channels_app_post"'
NUMBER = re.compile(r'(UPDATE "channels_app_post" SET "n" = )\d+')


class ReplayFailed(Exception):
    """pgbench did not run; the text is what it said."""


def turn(scripts: list[Path], seconds: float, most: int) -> Sample:
    """Run pgbench with one connection per script, each time with one of the scripts.

    `cpu` of the sample stays 0, because there is no server of ours.
    """
    folder = scripts[0].parent
    length = ["-t", str(most)] if most < 1_000 else ["-T", str(max(1, round(seconds)))]
    files = [part for script in scripts for part in ("-f", str(script))]
    command = [
        program(),
        "-n",
        *files,
        "-c",
        str(len(scripts)),
        *length,
        "-l",
        f"--log-prefix={folder}/times",
    ]
    process = subprocess.Popen(
        [*command, database()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    pin(process.pid, LOAD_CORE)
    words, _ = process.communicate(timeout=120)
    if process.returncode:
        raise ReplayFailed(words)
    times = [ms for log in folder.glob("times.*") for ms in read(log)]
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


def script_of(statements: list[str], post_id: int, cid: UUID, path: Path) -> Path:
    """Write a pgbench script that repeats these statements, each time with a new post."""
    lines = ["\\set cid random(1, 9000000000000000000)"]
    for statement in statements:
        sql = " ".join(statement.split()).rstrip(";")
        for written in (str(cid), cid.hex):
            sql = sql.replace(f"'{written}'::uuid", CID)
        if sql.startswith(INSERT_POST):
            lines.append(f"{sql} \\gset")
            continue
        sql = NUMBER.sub(r"\1:n", of_new_post(sql, post_id))
        lines.append(f"{sql} \\gset" if "INSERT INTO live_event" in sql else f"{sql};")
    path.write_text("\n".join(lines) + "\n")
    return path


def of_new_post(sql: str, post_id: int) -> str:
    """The statement with :id where it names the captured post: as a key, or as an event's object."""
    sql = re.sub(rf'((?:"channels_app_post"."id"|"post_id") (?:= |IN \()){post_id}\b', r"\1:id", sql)
    if "INSERT INTO live_event" in sql and "kind = 'c'" in sql:
        sql = re.sub(rf"'\{{{post_id}\}}'(?=\S*::bigint\[\])", "'{:id}'", sql, count=1)
    return sql
