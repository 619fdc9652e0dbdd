"""Addresses below /channels/ besides the channel's own page. Words come before what could be a channel."""

from django.urls import path

from channels_app.views import groups, guides, memberships, pins, proposals, sections

urlpatterns = [
    path("arrangement/", sections.index, name="arrangement"),
    path("arrangement/places/", sections.place, name="section-place"),
    path("arrangement/<int:section_id>/", sections.change, name="section"),
    path("groups/new/", groups.new, name="group-new"),
    path("entreaties/<int:entreaty_id>/", groups.answer, name="entreaty-answer"),
    path("proposals/", proposals.index, name="proposals"),
    path("proposals/new/", proposals.new, name="proposal-new"),
    path("proposals/<int:proposal_id>/support/", proposals.change, name="proposal-support"),
    path("<slug:slug>/settings/", memberships.settings, name="channel-settings"),
    path("<slug:slug>/members/", memberships.index, name="channel-members"),
    path("<slug:slug>/members/<int:membership_id>/role/", memberships.role, name="channel-role"),
    path("<slug:slug>/guide/", guides.show, name="channel-guide"),
    path("<slug:slug>/guide/edit/", guides.edit, name="channel-guide-edit"),
    path("<slug:slug>/pins/", pins.index, name="pins"),
    path("<slug:slug>/description/", groups.description, name="group-description"),
    path("<slug:slug>/invitations/", groups.invitations, name="group-invitations"),
    path("<slug:slug>/entreaty/", groups.entreaty, name="entreaty"),
]
