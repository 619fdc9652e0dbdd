"""Addresses of the application and of what the account pages of allauth leave to us."""

from django.urls import path

from accounts.views import accounts, conduct, passwords, preferences, registrations, safety, tickets

urlpatterns = [
    path("", safety.index, name="account_index"),
    path("preferences/", preferences.edit, name="preferences"),
    path("session/", safety.session, name="account_session"),
    path("sessions/", safety.session_list, name="account_sessions"),
    path("sessions/others/end/", safety.others_end, name="account_sessions_end_others"),
    path("sessions/<int:row_id>/end/", safety.session_end, name="account_session_end"),
    path("signup/", registrations.address, name="account_signup"),
    path("signup/code/", registrations.code, name="signup_code"),
    path("signup/details/", registrations.details, name="signup_details"),
    path("signup/conduct/", registrations.conduct, name="signup_conduct"),
    path("signup/received/", registrations.received, name="signup_received"),
    path("signup/organisations/", registrations.organisations, name="signup_organisations"),
    path("signup/status/<str:ticket>/", tickets.status, name="signup_status"),
    path("conduct/", conduct.acceptance, name="conduct_acceptance"),
    path("password/reset/confirm/", passwords.reset_code),  # comes before allauth's, which keeps the name
    # allauth's pages that Kyoso does not offer: they come before allauth's own addresses and answer 404.
    path("password/set/", accounts.not_offered),
    path("login/code/confirm/", accounts.not_offered),
]
