"""Embedded servers that a test left without users."""

import os
import signal
from pathlib import Path

from kyoso.embedded_account import places
from kyoso.embedded_server import server_pid
from tests.waiting import until


def stop_orphan(var: Path) -> None:
    """Stop the embedded server of this `var` folder, if one runs."""
    if pid := server_pid(places(var)):
        os.kill(pid, signal.SIGINT)
        until(lambda: not server_pid(places(var)), what="the server has stopped")
