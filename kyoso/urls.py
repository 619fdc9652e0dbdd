"""Every address of the site. Addresses are stable: members keep links for years."""

from django.urls import include, path

from accounts.views import conduct
from kyoso import health, mailbox, manifest, metrics, refusals, sign_on

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.show, name="metrics"),
    path("manifest.webmanifest", manifest.show, name="manifest"),
    path("mail/", mailbox.index, name="mail"),
    path("conduct/", conduct.show, name="conduct"),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/second-factor/", include("allauth.mfa.urls")),
    *sign_on.urlpatterns,
    path("members/", include("accounts.urls_members")),
    path("organisations/", include("accounts.urls_organisations")),
    path("secretariat/", include("secretariat.urls")),
    path("", include("channels_app.urls")),
]
handler400 = refusals.bad_request
handler403 = refusals.refused
handler404 = refusals.not_found
handler500 = refusals.broken
