"""Closing one's own account (退会)."""

from allauth.account.decorators import reauthentication_required
from django.contrib.auth import logout
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.actions.departures import close_account
from accounts.actions.refusals import Refused
from accounts.forms.members import ClosingForm
from accounts.requests import MemberRequest
from accounts.views.members import BAD_INPUT


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def closing(request: MemberRequest) -> HttpResponse:
    """Explain what stays and what goes; then, after the password was asked for again, do it."""
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(
            request, "members/closing.html", {"form": form}, status=BAD_INPUT if form.is_bound else 200
        )
    try:
        close_account(request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return render(request, "members/closing.html", {"form": form}, status=BAD_INPUT)
    logout(request)
    return render(request, "members/departed.html")
