"""Addresses of sign-in elsewhere: there are none unless a provider is set (docs/settings.md)."""

from allauth.socialaccount import views
from allauth.urls import build_provider_urlpatterns
from django.conf import settings
from django.urls import include, path

from accounts.views import sign_ons

urlpatterns: list = []
if settings.SIGN_ON:
    urlpatterns = [
        # Ours come before the library's own views of the same addresses, which keep the names.
        path("accounts/oidc/<str:provider_id>/login/", sign_ons.oidc_login),
        path("accounts/saml/<str:organization_slug>/login/", sign_ons.saml_login),
        path("accounts/saml/<str:organization_slug>/acs/finish/", sign_ons.saml_finish),
        path("accounts/", include(build_provider_urlpatterns())),
        path("accounts/elsewhere/cancelled/", views.login_cancelled, name="socialaccount_login_cancelled"),
        path("accounts/elsewhere/error/", views.login_error, name="socialaccount_login_error"),
        path("accounts/elsewhere/signup/", views.signup, name="socialaccount_signup"),
    ]
