"""Weak spots for the fault tests, in a server that is started with tests.reliability.hooked as its settings.

A file in the folder KYOSO_TEST_HOOKS kills the process that comes to its place first, as `kill -9` does:
`after-commit` before an event is published, `before-commit` when it has its number. KYOSO_TEST_CLOCK puts the
process's clock so many seconds ahead.
"""

import os
import signal
import time
from datetime import timedelta
from pathlib import Path

from django.apps import AppConfig
from django.utils import timezone

FOLDER, CLOCK = "KYOSO_TEST_HOOKS", "KYOSO_TEST_CLOCK"
AFTER_COMMIT, BEFORE_COMMIT = "after-commit", "before-commit"


def strike(name: str) -> None:
    """Die when the file is there; only one process finds it."""
    try:
        Path(os.environ[FOLDER], name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


class Hooks(AppConfig):
    """Puts the hooks into their places."""

    name = "tests.reliability.hooks"

    def ready(self) -> None:
        """Wrap what publishes and what gives numbers; turn the clock."""
        from channels_app.live import announce, bus  # noqa: PLC0415 (the applications are loaded now)

        publish, emit = bus.publish, announce.emit

        def mortal_publish(emitted):
            strike(AFTER_COMMIT)
            publish(emitted)

        def mortal_emit(drafts):
            emitted = emit(drafts)
            strike(BEFORE_COMMIT)
            return emitted

        if FOLDER in os.environ:
            bus.publish, announce.emit = mortal_publish, mortal_emit
        turn_clock(float(os.environ.get(CLOCK, 0)))


def turn_clock(ahead: float) -> None:
    """Let this process believe in another time."""
    clock, now = time.time, timezone.now
    if ahead:
        time.time = lambda: clock() + ahead
        timezone.now = lambda: now() + timedelta(seconds=ahead)
