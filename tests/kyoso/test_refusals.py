"""What is answered when something is refused: a lost database is no fault of the request."""

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError, OperationalError

from kyoso import refusals


def interrupted(cause: Exception) -> SessionInterrupted:
    """What Django makes of a session that could not be stored."""
    try:
        try:
            try:
                raise cause
            except type(cause):
                raise UpdateError  # noqa: B904 (as the session's own code does)
        except UpdateError:
            raise SessionInterrupted  # noqa: B904
    except SessionInterrupted as error:
        return error


@pytest.mark.parametrize(
    ("cause", "status", "wait"), [(OperationalError("gone"), 503, "3"), (IntegrityError("no row"), 400, None)]
)
def test_a_session_that_could_not_be_stored_is_asked_for_again_only_without_a_database(
    rf, cause, status, wait
):
    answer = refusals.bad_request(rf.post("/", headers={"Accept": "application/json"}), interrupted(cause))
    assert (answer.status_code, answer.get("Retry-After")) == (status, wait)
