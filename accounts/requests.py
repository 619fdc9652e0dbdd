"""What the middleware has added to a request behind the log-in; types as documentation."""

from django.http import HttpRequest

from accounts.models import Member


class MemberRequest(HttpRequest):
    """A request of a member who is logged in and active."""

    user: Member
