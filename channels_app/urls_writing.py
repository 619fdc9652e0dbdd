"""Addresses of what is being written: previews, whom an @ may mean, files, drafts, scheduled posts."""

from django.urls import path

from channels_app.views import attachments, drafts, mentions, previews, scheduled_posts

urlpatterns = [
    path("attachments/", attachments.create, name="attachments"),
    path("attachments/<uuid:key>/removal/", attachments.remove, name="attachment-removal"),
    path("attachments/<uuid:key>/thumbnail", attachments.thumbnail, name="attachment-thumbnail"),
    path("attachments/<uuid:key>/<str:name>", attachments.show, name="attachment"),
    path("mentions/", mentions.index, name="mentions"),
    path("channels/<slug:slug>/preview/", previews.show, name="preview"),
    path("channels/<slug:slug>/scheduled-posts/", scheduled_posts.create, name="channel-scheduled-posts"),
    path("scheduled-posts/", scheduled_posts.index, name="scheduled-posts"),
    path("scheduled-posts/<int:scheduled_id>/", scheduled_posts.edit, name="scheduled-post"),
    path("scheduled-posts/<int:scheduled_id>/cancellation/", scheduled_posts.cancel, name="scheduled-cancel"),
    path("scheduled-posts/<int:scheduled_id>/publication/", scheduled_posts.send, name="scheduled-send"),
    path("drafts/", drafts.index, name="drafts"),
    path("drafts/<slug:slug>/", drafts.keep, name="draft"),
    path("drafts/<int:draft_id>/removal/", drafts.discard, name="draft-removal"),
]
