"""The naive twins: the same page and the same list as a good tutorial would make them, rendered per request.

No N+1 query is planted here: everything a template shows is fetched with select_related and prefetch_related.
"""

from collections import Counter, defaultdict

from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Ambassador
from channels_app import viewer
from channels_app.forms.posts import PostForm
from channels_app.fragments import FACES, StampCount
from channels_app.live import log
from channels_app.models import Channel, LiveStream, Membership, Post
from channels_app.models.reactions import stamps
from channels_app.windows import SIZE
from kyoso.lib.build import build


def channel(request, slug: str):
    """The channel page, every post rendered by its template."""
    found = get_object_or_404(Channel.objects.visible_to(request.user), slug=slug)
    stay = Membership.objects.current().filter(member=request.user, channel=found).first()
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=found.pk)
    found.head, found.stay, found.last_read_n = stream.head, stay and stay.pk, stay and stay.last_read_n
    members, organisations = viewer.headcount.__wrapped__(found.pk, stream.head)
    shown, older = newest_posts(request.user, found)
    context = {
        "channel": found,
        "current_slug": slug,
        "members": members,
        "organisations": organisations,
        "window": {
            "entries": shown,
            "older": older,
            "newer": False,
            "oldest": shown[0].pk if shown else None,
        },
        "timeline": render_to_string("naive/timeline.html", {"posts": shown}),
        "unread": stay is not None and max(0, stream.posts - stay.read_posts),
        "form": PostForm(auto_id="compose_%s"),
        "refusal": found.refusal_to_post(request.user, stay),
        "viewer": viewer.facts(request.user, found, [post.pk for post in shown]),
        "epoch": log.epoch(),
        "build": build(),
    }
    return render(request, "channels/show.html", context)


def newest_posts(member, found: Channel) -> tuple[list[Post], bool]:
    """The newest window with everything its template shows, and whether there are older posts."""
    rows = (
        Post.objects.visible_to(member)
        .filter(channel=found, root=None)
        .select_related("channel", "author", "affiliation__organisation")
        .prefetch_related("reactions", "replies__author")
        .order_by("-posted_at", "-id")[: SIZE + 1]
    )
    shown = list(rows)[:SIZE][::-1]
    terms = Ambassador.objects.filter(member_id__in={post.author_id for post in shown})
    days = defaultdict(list)
    for term in terms:
        days[term.member_id].append(term)
    for post in shown:
        dress(post, days[post.author_id])
    return shown, len(rows) > SIZE


def dress(post: Post, terms: list[Ambassador]) -> None:
    """Put on a post what its template asks for: day, badges, stamps, faces."""
    post.day = timezone.localdate(post.posted_at)
    post.badges = [post.affiliation.organisation.badge]
    if any(term.valid_from <= post.day <= (term.valid_to or post.day) for term in terms):
        post.badges.append(("ambassador", "アンバサダー"))
    if post.author.is_secretariat:
        post.badges.append(("secretariat", "事務局"))
    post.counts, post.faces = stamp_counts(post), faces(post)


def stamp_counts(post: Post) -> list[StampCount]:
    """Stamps of one post, the most pressed first."""
    pressed = [reaction for reaction in post.reactions.all() if reaction.stamp in stamps()]
    members = Counter(reaction.stamp for reaction in pressed)
    bodies = {code: {r.organisation_id for r in pressed if r.stamp == code} for code in members}
    order = sorted(members, key=lambda code: (-members[code], code))
    return [StampCount(stamps()[code], members[code], len(bodies[code])) for code in order]


def faces(post: Post) -> list:
    """The last few different people of a thread."""
    standing = [reply for reply in post.replies.all() if reply.removed_at is None]
    found = {}
    for reply in sorted(standing, key=lambda reply: reply.posted_at, reverse=True):
        found.setdefault(reply.author_id, reply.author)
    return list(found.values())[:FACES]


def sidebar(request):
    """The list of channels with unread numbers counted from the posts, one count per channel."""
    stays = Membership.objects.current().filter(member=request.user, channel__archived_at=None)
    return JsonResponse(
        {
            stay.channel.slug: Post.objects.filter(
                channel=stay.channel_id, root=None, n__gt=stay.last_read_n
            ).count()
            for stay in stays.select_related("channel").order_by("channel__name")
        }
    )
