"""A worker of the pages, before anybody asks it for one."""

import os
import subprocess
import sys

from tests.site import PROJECT, site_settings

LOAD = """
import os, sys
from multiprocessing import Pipe
from kyoso.management.pages import Loader
heard, told = Pipe(duplex=False)
Loader(told)()
print(heard.recv_bytes(), "channels_app.views.channels" in sys.modules)
"""


def test_a_worker_that_says_so_has_loaded_every_page():
    environment = os.environ | site_settings(["http://127.0.0.1:8000"])
    command = [sys.executable, "-c", LOAD]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, check=False, text=True)
    assert done.stdout == "b'!' True\n", done.stderr
