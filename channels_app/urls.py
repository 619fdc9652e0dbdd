"""Addresses of what is said. They are stable: members keep links for years."""

from django.urls import path

from channels_app.views import (
    channels,
    doubts,
    home,
    landing,
    memberships,
    organisations,
    posts,
    questions,
    reaction_members,
    reactions,
    revisions,
    stamps,
    threads,
)

urlpatterns = [
    path("", landing.show, name="landing"),
    path("home/", home.show, name="home"),
    path("channels/", channels.index, name="channels"),
    path("channels/<slug:slug>/", channels.show, name="channel"),
    path("channels/<slug:slug>/posts/", posts.create, name="channel-posts"),
    path("channels/<slug:slug>/membership/", memberships.change, name="channel-membership"),
    path("channels/<slug:slug>/read/", channels.read, name="channel-read"),
    path("channels/<slug:slug>/questions/", questions.index, name="questions"),
    path("organisations/<str:slug>/", organisations.show, name="organisation"),
    path("posts/<int:post_id>/", posts.show, name="post"),
    path("posts/<int:post_id>/thread/", threads.show, name="thread"),
    path("posts/<int:post_id>/replies/", threads.reply, name="replies"),
    path("posts/<int:post_id>/menu/", posts.menu, name="post-menu"),
    path("posts/<int:post_id>/edit/", posts.edit, name="post-edit"),
    path("posts/<int:post_id>/removal/", posts.removal, name="post-removal"),
    path("posts/<int:post_id>/revisions/", revisions.index, name="revisions"),
    path("posts/<int:post_id>/question/", questions.settle, name="post-question"),
    path("posts/<int:post_id>/following/", threads.following, name="post-following"),
    path("posts/<int:post_id>/reactions/", reactions.index, name="reactions"),
    path("posts/<int:post_id>/reactions/members/", reaction_members.index, name="who-reacted"),
    path("posts/<int:post_id>/reactions/chigau/reason/", doubts.reason, name="doubt"),
    path("posts/<int:post_id>/reactions/<slug:stamp>/", reactions.press, name="reaction"),
    path("posts/<int:post_id>/reactions/<slug:stamp>/members/", reaction_members.show, name="who-pressed"),
    path("stamps/<slug:digest>.png", stamps.picture, name="own-stamp"),
]
