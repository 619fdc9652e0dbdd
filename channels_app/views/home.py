"""Home: what is new where the member takes part, what waits for them, and where they could help."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.actions.preferences import put_ladder_away
from accounts.requests import MemberRequest
from channels_app import offers, parts, waiting
from channels_app.models import Channel, Post
from channels_app.models.posts import FILES_ALONE
from channels_app.views import shell
from kyoso.lib import markdown

RECENT = 10  # posts


@require_safe
def show(request: MemberRequest) -> HttpResponse:
    """Unread rows of the inbox, questions to answer, what lies unsent, and what is new in the channels.

    Nine queries besides session, member and the frame, whatever the number of channels and posts; three
    more in a member's first two weeks, for the first steps and the channels near their work.
    """
    member, sidebar = request.user, shell.sidebar(request)["sidebar"]
    channels = _joined_with_latest(member)
    context = {
        "sidebar": sidebar,
        "today": timezone.localdate(),
        "recent": _recent([post_id for channel in channels.values() for post_id in channel.recent]),
        "unread_channels": _unread(sidebar, channels),
        "offers": offers.to_newcomer(member),
        "ladder": waiting.ladder_of(member),
        "calls": waiting.calls_for(member),
        "asked": waiting.questions_for(member, [c.id for c in sidebar.channels if not c.muted]),
        "unsent": waiting.unsent_by(member),
    }
    return render(request, "home/show.html", context)


@require_POST
def ladder(request: MemberRequest) -> HttpResponse:
    """Put the first steps away; again changes nothing."""
    put_ladder_away(request.user)
    return redirect("home")


def _joined_with_latest(member) -> dict:
    """The member's channels by id, each with `recent` post ids and `last_html`.

    The newest posts of each channel are walked along the index, never the whole history.
    """
    standing = Post.objects.visible_to(member).in_channel().filter(channel=OuterRef("pk"), removed_at=None)
    latest = standing.order_by("-posted_at", "-id")
    channels = (
        Channel.objects.joined_by(member)
        .living()
        .annotate(
            recent=ArraySubquery(latest.values("pk")[:RECENT]),
            last_html=Subquery(latest.values("html")[:1]),
        )
    )
    return {channel.pk: channel for channel in channels}


def _unread(sidebar: shell.Sidebar, channels: dict) -> list[dict]:
    return [
        {"slug": row.slug, "name": row.name, "unread": row.unread, "excerpt": _last(channels.get(row.id))}
        for row in sidebar.channels
        if row.unread
    ]


def _last(channel) -> str:
    if channel is None or channel.last_html is None:
        return ""
    return markdown.excerpt(channel.last_html) or FILES_ALONE


def _recent(post_ids: list[int]) -> list[dict]:
    # Chosen first and joined afterwards: PostgreSQL would else join all candidates and their authors.
    newest = Post.objects.filter(pk__in=post_ids).order_by("-posted_at", "-id").values("pk")[:RECENT]
    posts = list(
        Post.objects.filter(pk__in=newest)
        .select_related("channel", "author", "affiliation__organisation")
        .order_by("-posted_at", "-id")
    )
    badges = parts.badges_of(posts)
    return [
        {
            "channel": post.channel,
            "url": post.get_absolute_url(),
            "excerpt": post.excerpt(),
            "author_name": post.author.name,
            "badges": badges[post.pk],
            "affiliation_label": post.affiliation_label,
            "posted_at": post.posted_at,
        }
        for post in posts
    ]
