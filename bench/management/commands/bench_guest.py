"""Let a member of this site into the benchmark."""

import json

from django.core.management.base import BaseCommand

from accounts.models import Member
from bench.stage import channels
from bench.visitors import members_of, session_for
from channels_app.actions.channels import join_channel
from channels_app.models import Post


class Command(BaseCommand):
    """Sign a member in and print, as one JSON line, who it is and what there is to ask for."""

    help = "Sign a member in for the benchmark."
    requires_system_checks = []

    def handle(self, *args, **options) -> None:
        """The session stays: it ends by itself after two hours."""
        reading, posting, *_ = channels()
        (member,) = members_of(reading, 1)
        join_channel(member, posting)
        with_replies = reading.posts.filter(root=None, reply_count__gte=1, removed_at=None).order_by("-pk")
        root = with_replies.first() or reading.posts.filter(root=None).order_by("-pk").first()
        told = {
            "session": session_for(member),
            "slug": reading.slug,
            "posting": posting.slug,
            "root": root.pk,
            "size": f"{Member.objects.count():,} members, {Post.objects.count():,} posts",
        }
        self.stdout.write(json.dumps(told))
