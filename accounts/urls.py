"""Addresses of the application and of what the account pages of allauth leave to us."""

from django.urls import path

from accounts.views import accounts, registrations

urlpatterns = [
    path("", accounts.own_page, name="account_index"),
    path("signup/", registrations.address, name="account_signup"),
    path("signup/code/", registrations.code, name="signup_code"),
    path("signup/details/", registrations.details, name="signup_details"),
    path("signup/conduct/", registrations.conduct, name="signup_conduct"),
    path("signup/received/", registrations.received, name="signup_received"),
    # allauth's pages that Kyoso does not offer: they come before allauth's own addresses and answer 404.
    path("email/", accounts.not_offered),
    path("password/set/", accounts.not_offered),
    path("login/code/confirm/", accounts.not_offered),
]
