"""The naive twins: the same page and the same list as a good tutorial would make them, rendered per request.

No N+1 query is planted here: everything a template shows is fetched with select_related and prefetch_related.
"""

from collections import Counter, defaultdict

from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Ambassador
from channels_app.models import Membership, Post
from channels_app.models.stamps import stamps
from channels_app.parts import FACES, StampCount
from channels_app.views import channel_page
from channels_app.windows import SIZE, Window


class Rendered(Window):
    """A window of posts whose HTML is made when the page asks for it; `entries` are the posts themselves."""

    def html_for(self, member_id: int, last_read_n: int | None, years: str = "") -> str:
        """Every post by its template, with the line before the first that is new to the member."""
        new = (p for p in self.entries if last_read_n is not None and (p.n or 0) > last_read_n)
        first = next((post.pk for post in new if post.author_id != member_id), None)
        return render_to_string("naive/timeline.html", {"posts": self.entries, "first_new": first})


def channel(request, slug: str):
    """The channel page, every post rendered by its template."""
    visit = channel_page.visit_or_404(request.user, slug)
    shown, older = newest_posts(request.user, visit.channel)
    return channel_page.show(request, visit, window=Rendered(tuple(shown), older, False))


def newest_posts(member, found) -> tuple[list[Post], bool]:
    """The newest window with everything its template shows, and whether there are older posts."""
    query = (
        Post.objects.visible_to(member)
        .filter(channel=found, root=None)
        .select_related("channel", "author", "affiliation__organisation")
        .prefetch_related("reactions", "replies__author")
        .order_by("-posted_at", "-id")
    )
    rows = list(query[: SIZE + 1])
    shown = rows[:SIZE][::-1]
    days = defaultdict(list)
    for term in Ambassador.objects.filter(member_id__in={post.author_id for post in shown}):
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
    """The list of channels with unread numbers counted from the posts of others, one count per channel."""
    stays = Membership.objects.current().filter(member=request.user, channel__archived_at=None)
    others = Post.objects.filter(root=None).exclude(author=request.user)
    return JsonResponse(
        {
            stay.channel.slug: others.filter(channel=stay.channel_id, n__gt=stay.last_read_n).count()
            for stay in stays.select_related("channel").order_by("channel__name")
        }
    )
