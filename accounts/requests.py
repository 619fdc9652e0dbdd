"""What the middleware has added to a request behind the log-in; types as documentation."""

from django.http import HttpRequest

from accounts.models import Member


class MemberRequest(HttpRequest):
    """A request of a member who is logged in and active."""

    user: Member
    session_left: int  # seconds the session lasts if nobody uses it (accounts.sessions)
    second_factor_waived: bool  # only at the desk of a trial site (accounts.second_factor)
    second_factor_demanded: bool  # of all members, and this one has none yet: only the set-up is open
