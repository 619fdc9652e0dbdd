"""From where the present request came: the terminal's network address, for the audit log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

_address: ContextVar[str | None] = ContextVar("address", default=None)


def address_of(request: HttpRequest | None) -> str | None:
    """The terminal's network address; X-Forwarded-For counts only as far as TRUSTED_PROXY_COUNT says.

    None without a request, and when the proxies do not add up: a deed does not fail for that.
    """
    try:
        return get_client_ip(request) if request is not None else None
    except ImproperlyConfigured:
        return None


def current_address() -> str | None:
    """The address of the request that is answered in this thread, None in jobs and commands."""
    return _address.get()


@contextmanager
def coming_from(request: HttpRequest) -> Iterator[None]:
    """While it runs, `current_address()` is the request's: deeds know no request, the log names the place."""
    token = _address.set(address_of(request))
    try:
        yield
    finally:
        _address.reset(token)
