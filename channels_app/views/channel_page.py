"""The channel page, put together in one place: several views show it (channel, thread, refused forms)."""

from dataclasses import dataclass

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import SimpleLazyObject

from accounts.models import Member
from accounts.requests import MemberRequest
from channels_app import fragments, quotes, viewer, windows
from channels_app.forms.posts import PostForm
from channels_app.models import Channel, Draft, Following, Post
from channels_app.views import former_addresses, shell


@dataclass(frozen=True)
class Thread:
    """The third column: a root and a window of its replies."""

    root: Post
    root_html: str
    replies: windows.Window
    people: int
    form: PostForm
    refusal: str
    following: bool = False

    @property
    def action(self) -> str:
        """Where a reply is sent."""
        return f"/posts/{self.root.pk}/replies/"

    @property
    def ids(self) -> list[int]:
        """The ids of its posts."""
        return [self.root.pk, *self.replies.ids]


def visit_or_404(member: Member, slug: str) -> viewer.Visit:
    """The channel with the viewer's facts; 404 for strangers of a closed one, onwards from an old address."""
    try:
        return viewer.visit(member, slug)
    except Channel.DoesNotExist:
        raise former_addresses.not_found(member, slug) from None


def post_or_404(member: Member, post_id: int) -> Post:
    """A post the member may read, in a channel they may open, with its channel and root; 404 otherwise.

    Who has left a closed channel sees nothing of it, not even of the own stay: a post goes on changing.
    """
    opened = Post.objects.visible_to(member).filter(channel__in=Channel.objects.visible_to(member))
    return get_object_or_404(opened.select_related("channel", "root"), pk=post_id)


def fragment_of(post: Post) -> fragments.Fragment:
    """The fragment of a post that was just fetched."""
    return fragments.posts_at({post.pk: post.v})[post.pk]


def reply_form(member: Member, quoted_id: int | None, root_id: int) -> PostForm:
    """An empty form for a reply, or one that quotes a post of the thread; 404 for any other post."""
    if quoted_id is None:
        return PostForm(auto_id="reply_%s")
    post = post_or_404(member, quoted_id)
    if post.thread_id != root_id or post.removed_at:
        raise Http404
    return PostForm(auto_id="reply_%s", initial={"text": quotes.quote(post)})


def thread_of(
    visit: viewer.Visit, root_id: int, form: PostForm | None = None, *, draft: bool = True, **cursor
) -> Thread:
    """The thread below a root of this channel; 404 for anything else. `cursor` is that of windows.of.

    `draft`: the member's draft stands before what the form quotes.
    """
    visible = Post.objects.visible_to(visit.member).filter(channel=visit.channel)
    drafts = Draft.objects.filter(member=visit.member, root=OuterRef("pk")).order_by()
    roots = visible.filter(root=None).annotate(draft=Subquery(drafts.values("text")[:1]))
    root = get_object_or_404(roots, pk=root_id)
    return Thread(
        root=root,
        root_html=fragments.as_copy(fragment_of(root).html, "thread"),
        replies=_part_of(visible.filter(root=root), **cursor),
        people=_people(root),
        form=(form or PostForm(auto_id="reply_%s")).continuing(root.draft if draft else None),
        refusal=visit.refusal(replying=True),
        following=Following.objects.followed_by(visit.member, root),
    )


def _people(root: Post) -> int:
    """How many take part: the author of the root, and whoever else has a standing reply."""
    others = Post.objects.filter(root=root, removed_at=None).exclude(author=root.author_id)
    return 1 + others.aggregate(n=Count("author", distinct=True))["n"]


def window_of(visit: viewer.Visit, **cursor: int | None) -> windows.Window:
    """The posts to show: the newest ones, or those before, after or around a post; 404 for a foreign one."""
    if not any(cursor.values()):
        return windows.newest(visit.channel, visit.head, visit.member)
    return _part_of(_standing(visit), **cursor)


def _part_of(posts: QuerySet[Post], **cursor: int | None) -> windows.Window:
    try:
        return windows.of(posts, **cursor)
    except Post.DoesNotExist:
        raise Http404 from None


def first_unread(visit: viewer.Visit) -> int | None:
    """The id of the first post of others that the member has not read, None when all were."""
    if visit.last_read_n is None:
        return None
    unread = _standing(visit).filter(n__gt=visit.last_read_n).exclude(author=visit.member)
    return unread.order_by("posted_at", "id").values_list("pk", flat=True).first()


def _standing(visit: viewer.Visit) -> QuerySet[Post]:
    return Post.objects.visible_to(visit.member).in_channel().filter(channel=visit.channel)


def timeline_of(visit: viewer.Visit, window: windows.Window) -> dict:
    """What the column of posts needs: the window as HTML for this member, and how they write years."""
    member_id, last_read_n = visit.member.pk, visit.last_read_n
    all_new = last_read_n is not None and window.first_new(member_id, last_read_n) == 0
    # In the middle of what is new there is no line; where it begins is on an earlier page.
    shown_n = None if all_new and window.older and window.newer else last_read_n
    return {
        "visit": visit,
        "channel": visit.channel,
        "window": window,
        "timeline": window.html_for(member_id, shown_n, visit.member.era),
        "years": visit.member.era,
        "unread_before": all_new and window.older,
    }


def show(
    request: MemberRequest, visit: viewer.Visit, *, window=None, thread=None, form=None, status=200
) -> HttpResponse:
    """Answer with the channel page.

    `window` (windows.Window) is the newest one unless given; `thread` (Thread) and `form` (PostForm) bring
    what a refused form held.
    """
    window = window or window_of(visit)
    member, slug = visit.member, visit.channel.slug
    context = timeline_of(visit, window) | {
        "sidebar": SimpleLazyObject(lambda: shell.sidebar_of(member, slug)),
        "thread": thread,
        "form": (form or PostForm(auto_id="compose_%s")).continuing(visit.draft, visit.draft_title),
        "refusal": visit.refusal(),
        "viewer": visit.facts([*window.ids, *(thread.ids if thread else ())]),
    }
    return render(request, "channels/show.html", context, status=status)


def show_part(request: MemberRequest, visit: viewer.Visit, window: windows.Window) -> HttpResponse:
    """Answer with the column of posts alone, for the scripts that put older and newer ones in place."""
    context = timeline_of(visit, window) | {"viewer": viewer.marks_of(visit.member, window.ids)}
    return render(request, "channels/part.html", context)
