"""The site's own settings, pointed at the test database before anything connects.

Only what would make tests slow or mix with a running site differs: the folder (`var/test`), the cost of a
password hash and the name of the test database, one per test run, so that two runs never meet.
"""

import os
from pathlib import Path

os.environ.setdefault("KYOSO_VAR", str(Path(__file__).resolve().parent.parent / "var" / "test"))
os.environ.setdefault("KYOSO_TEST_DATABASE", "1")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" * 5)

from kyoso.settings import *  # noqa: F403
from kyoso.settings import DATABASES, STORAGES

# Servers under test have their pools; in the test process a pool only hides which thread forgot to let go.
DATABASES["default"]["OPTIONS"].pop("pool")
DATABASES["default"]["TEST"] = {"NAME": f"test_kyoso_{os.getpid()}", "TEMPLATE": "template0"}
# Cheap, yet readable by a real server process: the cost is written into each hash.
PASSWORD_HASHERS = ["tests.hashing.QuickArgon2", "django.contrib.auth.hashers.Argon2PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# The audit log refuses to be emptied (accounts/migrations/0005); the flush after a test must.
DATABASES["default"]["OPTIONS"]["options"] = "-c kyoso.emptying=on"
REQUIRE_SECOND_FACTOR = False  # whatever the database; the tests about it turn it on
