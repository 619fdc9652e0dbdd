"""A restore that is killed or told to stop in the middle leaves the site as it was."""

import os
import signal
import subprocess
import sys

import pytest
from django.db import connection, connections

from tests import factories
from tests.kyoso import drill
from tests.people import person
from tests.site import PROJECT
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.VAR_DIR, settings.FILES_DIR = tmp_path / "var", tmp_path / "files"
    settings.FILES_DIR.mkdir(parents=True)


@pytest.mark.parametrize(
    ("how", "left"), [(signal.SIGKILL, {"", "_restoring"}), (signal.SIGTERM, {""}), (signal.SIGINT, {""})]
)
def test_a_restore_that_is_cut_off_changes_nothing(tmp_path, how, left):
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    drill.back_up(tmp_path / "kyoso.tar")
    factories.post(tanaka, channel, "控えのあとの投稿です。")
    before, name = drill.figures(), connection.settings_dict["NAME"]
    command = [sys.executable, "manage.py", "restore", str(tmp_path / "kyoso.tar"), "--yes"]
    connections.close_all()
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | drill.surroundings())
    until(lambda: drill.tables_of(f"{name}_restoring") > 5, what="the restored tables come")
    process.send_signal(how)
    assert process.wait(60) in {-how, 128 + how}
    until(lambda: drill.databases() == left, what="only that is left")
    assert drill.figures() == before
    drill.bring_back(tmp_path / "kyoso.tar", yes=True)
    assert drill.databases() == {""}
    assert drill.differing(before, drill.figures()) >= {"channels_app_post"}
