"""The product's addresses and, under /bench/, the control arms."""

from django.urls import include, path

from bench import limits, naive, naive_doors, naive_members, naive_posts
from kyoso.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("bench/channels/<slug:slug>/", naive.channel),
    path("bench/channels/<slug:slug>/posts/", naive_posts.publish),
    path("bench/login/", naive_doors.log_in),
    path("bench/members/", naive_members.index),
    path("bench/sidebar/", limits.sidebar),
    path("bench/counted-sidebar/", naive.sidebar),
    path("bench/bytes/<int:size>/", limits.still),
    path("", include("kyoso.urls")),
]
