"""A real Redis server for tests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.waiting import free_port, until


@contextmanager
def running_redis(program: str, folder: Path) -> Iterator[str]:
    """Start a Redis server without persistence on a free port; gives its address and stops it at the end."""
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--dir", str(folder)], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            until(lambda: answers(client), what="Redis answers")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


def answers(client: redis.Redis) -> bool:
    """Whether the server accepts commands."""
    try:
        return client.ping()
    except redis.ConnectionError:
        return False
