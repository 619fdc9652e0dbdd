"""Sign-in through an organisation's provider: what the library's views leave to us at both ends."""

from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.socialaccount.providers.saml import views as saml
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import sessions


def begun(view: Callable) -> Callable:
    """The library's view that leads to a provider; the session keeps whether "共用の端末です" was ticked.

    That is a fact about the terminal, so of several attempts in one browser the last word counts.
    """

    @wraps(view)
    def beginning(request: HttpRequest, **place: str) -> HttpResponse:
        if request.method == "POST":
            request.session[sessions.SAID_SHARED] = "shared" in request.POST
        return view(request, **place)

    return beginning


oidc_login, saml_login = begun(oidc.login), begun(saml.login)


@wraps(saml.finish_acs)
def saml_finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The end of a SAML sign-in; an answer to no open question (a replay) is refused like a forged one."""
    try:
        return saml.finish_acs(request, organization_slug=organization_slug)
    except PermissionDenied as error:
        app = get_adapter().get_app(request, provider=SAMLProvider.id, client_id=organization_slug)
        return render_authentication_error(request, app.get_provider(request), exception=error)
