"""This side of the load process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import LOAD_CORE, pin

PROJECT = Path(__file__).resolve().parent.parent


class LoadFailed(Exception):
    """The load process could not do its job; the text says why."""


@dataclass
class Driver:
    """A running load process."""

    process: subprocess.Popen

    def ask(self, job: str, **arguments: Any) -> dict:
        """Let it do one job (see bench.load); raises LoadFailed."""
        self.process.stdin.write(json.dumps([job, arguments]).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the load process has died"}
        if "error" in answer:
            raise LoadFailed(answer["error"])
        return answer


@contextmanager
def driving(module: str = "bench.load") -> Iterator[Driver]:
    """A load process, stopped at the end; `module` is bench.load or one that adds jobs to it."""
    process = subprocess.Popen(
        [sys.executable, "-m", module], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pin(process.pid, LOAD_CORE)
    try:
        yield Driver(process)
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()
