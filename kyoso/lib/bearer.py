"""A bearer token in an Authorization header (RFC 6750, 2.1)."""

import hmac

SHORTEST = 32


def is_bearer(header: str | None, token: str) -> bool:
    """Whether the header carries exactly this token, never an empty one; any guess takes the same time."""
    scheme, _, given = (header or "").partition(" ")
    return bool(token) and scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), token.encode())
