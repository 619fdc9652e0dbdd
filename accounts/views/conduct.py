"""The code of conduct: to read at any time, and to agree to again when its version changed."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions.acceptances import accept_conduct
from accounts.conduct import CONDUCT_VERSION
from accounts.forms.conduct import AcceptanceForm
from accounts.requests import MemberRequest

BAD_INPUT = 422


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """The present wording, with the versions the member agreed to."""
    facts = {"version": CONDUCT_VERSION, "acceptances": request.user.acceptances.order_by("-accepted_at")}
    return render(request, "conduct/show.html", facts)


@require_http_methods(["GET", "HEAD", "POST"])
def acceptance(request: MemberRequest) -> HttpResponse:
    """Agree to the present version, then go on to where the member was going (`next`)."""
    onward = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
        onward = "/home/"
    if request.user.conduct_version == CONDUCT_VERSION:
        return redirect(onward)
    form = AcceptanceForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        accept_conduct(request.user)
        return redirect(onward)
    facts = {
        "form": form,
        "onward": onward,
        "version": CONDUCT_VERSION,
        "again": request.user.conduct_version,
    }
    return render(request, "conduct/acceptance.html", facts, status=BAD_INPUT if form.errors else 200)
