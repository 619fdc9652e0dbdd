"""The stage for every test: a real PostgreSQL, and when asked for a real Redis, site and browser.

Database strategy
-----------------
* Without DATABASE_URL the embedded PostgreSQL of `var/test` is started here, before Django connects. Every
  run has a database of its own (`test_kyoso_<process id>`); what a killed run left is dropped by the next.
* `@pytest.mark.django_db` wraps a test in a transaction. What migrations wrote is there.
* `@pytest.mark.django_db(transaction=True)` really commits, for tests in which another process or thread
  must see the rows (`live_site`, `browser`). Such a test ends with a flush: *every* table is emptied, also
  of rows that migrations wrote. pytest-django therefore runs these tests after all others; a test of either
  kind makes what it needs and never counts on loaded tables. `nothing_left_over` empties jobs and counters,
  because Django's flush leaves out tables it does not manage.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from django.conf import settings as site_settings
from django.db import connection

from kyoso import embedded
from tests.orphans import stop_orphan
from tests.redis_process import running_redis
from tests.site import PROJECT, LiveSite, running_site
from tests.waiting import require

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

if not os.environ.get("DATABASE_URL"):
    embedded.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test in a real browser a second try, which the last lines of the run name.

    A browser and a site on two busy cores sometimes miss a limit; what fails twice is wrong. A test that
    needed its second try is a defect to look into all the same.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Drop the databases of test runs that were killed."""
    options = {key: value for key, value in connection.get_connection_params().items() if key != "context"}
    options = {key: options[key] for key in ("host", "port", "user", "password") if options.get(key)}
    with psycopg.connect(dbname="postgres", autocommit=True, **options) as server:
        rows = server.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_kyoso_[0-9]+$'")
        for (name,) in rows.fetchall():
            if not psutil.pid_exists(int(name.rsplit("_", 1)[1])):
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def nothing_left_over(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that commits, empty what the flush leaves: jobs, and the counters of rate limits."""
    yield
    if "transactional_db" in request.fixturenames:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers RESTART IDENTITY CASCADE")
            cursor.execute("TRUNCATE kyoso_cache")


@pytest.fixture
def var() -> Iterator[Path]:
    """A `var` folder in a place that every account can pass (pytest's own folders are private)."""
    folder = Path(tempfile.mkdtemp(prefix="kyoso-test-"))
    folder.chmod(0o755)
    yield folder / "var"
    stop_orphan(folder / "var")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Redis server, started once for the whole run."""
    with running_redis(require("redis-server"), tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture(scope="session")
def collected_static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `var` folder with the static files as a real site serves them."""
    var = Path(site_settings.VAR_DIR)
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "kyoso.settings", "KYOSO_VAR": str(var)}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
    return var


@pytest.fixture
def start_site(
    transactional_db: None, collected_static: Path, tmp_path: Path
) -> Iterator[Callable[..., LiveSite]]:
    """Start sites on the test database: `start_site()` in one process, `start_site(live=2, web=1)` in more.

    `redis_url=…` gives them a bus; further keyword arguments are environment variables. All processes are
    stopped before the flush.
    """
    with contextlib.ExitStack() as stack:

        def start(**options: object) -> LiveSite:
            folder = tmp_path / f"site-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            return stack.enter_context(running_site(folder, **options))

        yield start


@pytest.fixture
def live_site(start_site: Callable[..., LiveSite]) -> LiveSite:
    """A site in one process, as `manage.py run` serves it."""
    return start_site()


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A real Chromium, started once per test file.

    While it runs, Playwright keeps an asyncio loop in this thread: Django is told that this is meant, and an
    `asyncio` test cannot live in the same file.
    """
    program = require("chromium", "chromium-browser", "google-chrome")
    playwright = pytest.importorskip("playwright.sync_api")
    with pytest.MonkeyPatch.context() as patch, playwright.sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        # A condition may take its time on a busy machine; a wrong one still fails.
        playwright.expect.set_options(timeout=20_000)
        browser = driver.chromium.launch(executable_path=program, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browser_context(chromium) -> Iterator[object]:
    """A fresh browser profile: Japanese, Tokyo time, no cookies. `.new_page()` opens a page."""
    context = chromium.new_context(locale="ja-JP", timezone_id="Asia/Tokyo")
    context.set_default_timeout(15_000)
    yield context
    context.close()
