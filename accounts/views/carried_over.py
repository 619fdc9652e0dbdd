"""A form that was sent before the present code of conduct was agreed to: carried over, sent once after it.

A browser without scripts has nothing but the answer to keep the typed text in. So the page that asks for the
agreement holds the whole form as hidden fields and sends it, with the tick, to the address it was going to.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.actions.acceptances import accept_conduct
from accounts.conduct import CONDUCT_VERSION
from accounts.forms.conduct import AcceptanceForm
from accounts.requests import MemberRequest

PREFIX = "conduct"  # of the fields that this page adds; the rest is the person's form
ASKED = f"{PREFIX}-asked"
NOT_CARRIED = {"csrfmiddlewaretoken", ASKED, f"{PREFIX}-accept"}
NEVER_PRINTED = "password"  # in the name of a field: is asked for again rather than printed into a page
BAD_INPUT = 422


def fits(request: HttpRequest) -> bool:
    """Whether the request is a form whose CSRF token was checked and that holds no password."""
    checked = request.method == "POST" and getattr(request, "csrf_processing_done", False)
    return checked and not any(NEVER_PRINTED in name for name in request.POST)


def ask(request: MemberRequest) -> HttpResponse | None:
    """The page that asks for the agreement; None, for the form to go its way, when the tick came with it.

    The form is sent to its own address only, never to one that it names. Side effects: the acceptance.
    """
    form = AcceptanceForm(request.POST if ASKED in request.POST else None, prefix=PREFIX)
    if form.is_bound and form.is_valid():
        accept_conduct(request.user)
        request.user.conduct_version = CONDUCT_VERSION
        return None
    fields = carried(request)
    facts = {"form": form, "version": CONDUCT_VERSION, "again": request.user.conduct_version}
    facts |= {"onward": request.get_full_path(), "carried": fields, "asked": ASKED}
    facts |= {"typed": longest_text(fields), "files": bool(request.FILES)}
    return render(request, "conduct/acceptance.html", facts, status=BAD_INPUT)


def carried(request: HttpRequest) -> list[tuple[str, str]]:
    """Every field of the person's form as (name, value), in order, also repeated ones."""
    lists = [(name, values) for name, values in request.POST.lists() if name not in NOT_CARRIED]
    return [(name, value) for name, values in lists for value in values]


def longest_text(fields: list[tuple[str, str]]) -> str:
    """What the person wrote, to be shown: the longest value that is words, "" when there is none."""
    return max((value for _, value in fields if not value.isascii() or " " in value), key=len, default="")
