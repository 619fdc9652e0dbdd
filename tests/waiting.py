"""Waiting for a condition with a limit, never for a fixed time."""

import shutil
import socket
import time
from collections.abc import Callable
from os import environ
from typing import Any

import pytest

LIMIT_SECONDS = 30


def until(condition: Callable[[], Any], *, what: str, limit: float = LIMIT_SECONDS) -> Any:
    """Ask `condition` until it is true and give its answer; fail the test after `limit` seconds."""
    end = time.monotonic() + limit
    while not (answer := condition()):
        if time.monotonic() > end:
            pytest.fail(f"After {limit} s it is still not so that {what}.")
        time.sleep(0.02)
    return answer


def free_port() -> int:
    """A TCP port that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def require(*names: str) -> str:
    """The path of the first of these programs that is installed; else skip the test, or fail it under CI."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found:
        return found
    refuse = pytest.fail if environ.get("CI") else pytest.skip
    return refuse(f"{names[0]} is not installed.")
