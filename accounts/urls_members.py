"""Addresses of members."""

from django.urls import path, re_path

from accounts.views import departures, invitations, members, pictures, profiles

urlpatterns = [
    path("", members.index, name="members"),
    path("invitations/", invitations.index, name="invitations"),
    path("invitations/<int:invitation_id>/withdrawal/", invitations.withdrawal, name="invitation_withdrawal"),
    path("me/", profiles.own, name="profile"),
    path("me/edit/", profiles.edit, name="profile_edit"),
    path("me/section/", profiles.section, name="profile_section"),
    path("me/picture/removal/", profiles.picture_removal, name="picture_removal"),
    path("me/closing/", departures.closing, name="account_closing"),
    re_path(r"^pictures/(?P<name>[0-9a-f]{32})-(?P<side>256|64)\.webp$", pictures.picture, name="picture"),
    path("<int:member_id>/", members.show, name="member"),
    path("<int:member_id>/name/", members.name, name="member_name"),
    path("<int:member_id>/role/", members.role, name="member_role"),
    path("<int:member_id>/suspension/", members.suspension, name="member_suspension"),
]
