"""Addresses of organisations. The page of one is among the addresses of channels_app."""

from django.urls import path

from accounts.views import organisations

urlpatterns = [path("", organisations.index, name="organisations")]
