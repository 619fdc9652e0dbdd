"""A deed: one transaction in which a person changes something, retried once when it had to wait too long."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

LOCK_TIMEOUT = "2s"  # a stuck channel must not hold a page longer
RETRIED = {"40P01", "55P03"}  # deadlock_detected, lock_not_available (PostgreSQL appendix A)


P = ParamSpec("P")
R = TypeVar("R")


class Busy(Exception):
    """The place is busy: the deed was tried twice and not done. Answered with 503 and Retry-After."""


def deed(function: Callable[P, R]) -> Callable[P, R]:
    """Run an action in one READ COMMITTED transaction with a lock timeout of 2 s.

    A deadlock or lock timeout is tried once more, then `Busy` is raised with nothing changed. Inside an
    outer transaction there is no second try, because that one is already lost.
    """

    @wraps(function)
    def tried(*args: P.args, **kwargs: P.kwargs) -> R:
        outermost = not connection.in_atomic_block
        try:
            return _once(function, *args, **kwargs)
        except OperationalError as error:
            if not _waited(error) or not outermost:
                raise
        try:
            return _once(function, *args, **kwargs)
        except OperationalError as error:
            if not _waited(error):
                raise
            raise Busy from error

    return tried


def _once(function, *args, **kwargs):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        return function(*args, **kwargs)


def _waited(error: OperationalError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in RETRIED
