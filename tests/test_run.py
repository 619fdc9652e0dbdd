"""`manage.py run`: from nothing to a site with members, and back."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from channels_app.demo.accounts import demo_accounts
from kyoso.embedded_account import places
from kyoso.embedded_server import server_pid
from tests.site import PROJECT, ServerProcess
from tests.waiting import free_port, until


def begin(var: Path, log: Path) -> ServerProcess:
    port = free_port()
    left_out = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY"}
    environment = {key: text for key, text in os.environ.items() if key not in left_out}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run"],
            cwd=PROJECT,
            env=environment | {"KYOSO_VAR": str(var), "PORT": str(port), "KYOSO_TEST_DATABASE": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return ServerProcess(f"http://127.0.0.1:{port}", process, log)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_run_makes_a_site_with_members_and_leaves_nothing_running(var, tmp_path, how):
    site = begin(var, tmp_path / "log")
    try:
        until(site.ready, what="the site is ready", limit=120)
        with urllib.request.urlopen(site.origin, timeout=20) as page:
            assert page.status == 200
        words = until(lambda: site.origin in site.words() and site.words(), what="it says its address")
        for _, email, password in demo_accounts():
            assert f"{email} / {password}" in words
    finally:
        assert site.stop(how) == 0
    assert server_pid(places(var)) is None
