"""Sessions in the database whose rows end by themselves when nobody has used them. SESSION_ENGINE."""

from datetime import UTC, datetime

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from accounts import sessions


class SessionStore(DatabaseStore):
    """Django's store; a member's session also ends after idleness, for pages and live connections alike."""

    def get_expiry_date(self, **facts):
        """The end that is written beside the session: Django's for visitors, ours for members."""
        ends = sessions.ends_at(self)
        return super().get_expiry_date(**facts) if ends is None else datetime.fromtimestamp(ends, UTC)
