"""The stage for every test: a real PostgreSQL, and when asked for a real Redis, site and browser.

Database strategy
-----------------
* Without DATABASE_URL the embedded PostgreSQL of `var/test` is started here, before Django connects.
* `@pytest.mark.django_db` wraps a test in a transaction. What migrations wrote is there.
* `@pytest.mark.django_db(transaction=True)` really commits, for tests in which another process or thread
  must see the rows. Such a test ends with a flush: *every* table is emptied, also of rows that migrations
  wrote. pytest-django therefore runs these tests after all others; a test of either kind makes what it
  needs (`tests/factories.py`) and never counts on loaded tables.
"""

import os

from kyoso import embedded

if not os.environ.get("DATABASE_URL"):
    embedded.start()
