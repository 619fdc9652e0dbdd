"""Addresses of members."""

from django.urls import path

from accounts.views import members

urlpatterns = [
    path("", members.index, name="members"),
    path("<int:member_id>/", members.show, name="member"),
    path("<int:member_id>/suspension/", members.suspension, name="member_suspension"),
]
