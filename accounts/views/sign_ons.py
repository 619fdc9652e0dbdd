"""Sign-in through an organisation's provider: what the library's views leave to us at both ends."""

import logging
from collections.abc import Callable
from functools import wraps

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.base import Provider
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.socialaccount.providers.saml import views as saml
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import sessions

logger = logging.getLogger(__name__)


def oidc_provider(request: HttpRequest, provider_id: str) -> Provider:
    """The OpenID provider of an address."""
    return get_adapter().get_provider(request, provider_id)


def saml_provider(request: HttpRequest, organization_slug: str) -> Provider:
    """The SAML provider of an address."""
    app = get_adapter().get_app(request, provider=SAMLProvider.id, client_id=organization_slug)
    return app.get_provider(request)


def begun(view: Callable, provider_of: Callable[..., Provider]) -> Callable:
    """The library's view that leads to a provider; the session keeps whether "共用の端末です" was ticked.

    That is a fact about the terminal: of several attempts the last word counts. A provider that does not
    answer when it is asked for its addresses is told like one that cannot be believed.
    """

    @wraps(view)
    def beginning(request: HttpRequest, **place: str) -> HttpResponse:
        if request.method == "POST":
            request.session[sessions.SAID_SHARED] = "shared" in request.POST
        return believed(view, provider_of, request, **place)

    return beginning


def believed(view: Callable, provider_of: Callable[..., Provider], request, **place: str) -> HttpResponse:
    """The answer; a page in words when the provider is out of reach (OSError) or not to be believed."""
    try:
        return view(request, **place)
    except (PermissionDenied, OSError) as error:
        return refused(request, provider_of(request, **place), error)


def refused(request: HttpRequest, provider: Provider, error: Exception) -> HttpResponse:
    """The page that says so; also in the audit log and in the log lines."""
    logger.warning("a sign-in elsewhere failed: %s", error, extra={"provider": provider.name})
    return render_authentication_error(request, provider, exception=error)


oidc_login, saml_login = begun(oidc.login, oidc_provider), begun(saml.login, saml_provider)


@wraps(saml.finish_acs)
def saml_finish(request: HttpRequest, organization_slug: str) -> HttpResponse:
    """The end of a SAML sign-in; an answer to no open question (a replay) is refused like a forged one."""
    return believed(saml.finish_acs, saml_provider, request, organization_slug=organization_slug)
