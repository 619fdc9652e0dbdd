"""The process's copy of the directory: built when first asked for, and anew when its tables changed."""

from threading import Lock

from django.db import connection

from accounts.addresses import Directory, today
from accounts.directory import current_directory

# Every insert and update gives a row a new place (ctid) and writer (xmin), every delete changes the count:
# one query of about a millisecond that also sees what other processes, imports and operators wrote.
STATE = """
SELECT (SELECT (count(*), sum(hashtext(ctid::text || xmin::text)))::text FROM accounts_organisation),
       (SELECT (count(*), sum(hashtext(ctid::text || xmin::text)))::text FROM accounts_emaildomain)
"""


class SharedDirectory:
    """One directory for all threads of a process, with the state of the tables it was built from."""

    def __init__(self):
        self.state: tuple = ()
        self.directory: Directory | None = None
        self.lock = Lock()

    def now(self) -> Directory:
        """The directory of today; building it takes about a tenth of a second."""
        day = today()
        state = (day, *table_state())
        with self.lock:
            if self.directory is None or state != self.state:
                self.directory, self.state = current_directory(day), state
            return self.directory


def table_state() -> tuple[str, str]:
    """A text for the contents of each table, different after any change."""
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        return cursor.fetchone()


_shared = SharedDirectory()


def shared_directory() -> Directory:
    """The directory of the organisations and domains as they are now. One query when nothing changed."""
    return _shared.now()
