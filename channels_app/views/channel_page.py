"""The channel page, put together in one place: several views show it (channel, thread, refused forms)."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.functional import SimpleLazyObject

from accounts.models import Member
from accounts.requests import MemberRequest
from channels_app import fragments, quotes, viewer, windows
from channels_app.forms.posts import PostForm
from channels_app.models import Channel, Following, Post
from channels_app.views import shell


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
    """The channel with the viewer's facts; 404 for a stranger of a closed channel."""
    try:
        return viewer.visit(member, slug)
    except Channel.DoesNotExist:
        raise Http404 from None


def post_or_404(member: Member, post_id: int) -> Post:
    """A post the member may read, with its channel and root; 404 otherwise."""
    posts = Post.objects.visible_to(member).select_related("channel", "root")
    return get_object_or_404(posts, pk=post_id)


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
    visit: viewer.Visit, root_id: int, form: PostForm | None = None, **cursor: int | None
) -> Thread:
    """The thread below a root of this channel; 404 for anything else. `cursor` is that of windows.of."""
    visible = Post.objects.visible_to(visit.member).filter(channel=visit.channel)
    root = get_object_or_404(visible.filter(root=None), pk=root_id)
    try:
        replies = windows.of(visible.filter(root=root), **cursor)
    except Post.DoesNotExist:
        raise Http404 from None
    people = Post.objects.filter(root=root, removed_at=None).exclude(author=root.author_id)
    return Thread(
        root=root,
        root_html=fragments.as_copy(fragment_of(root).html, "thread"),
        replies=replies,
        people=1 + people.aggregate(n=Count("author", distinct=True))["n"],
        form=form or PostForm(auto_id="reply_%s"),
        refusal=visit.refusal(replying=True),
        following=Following.objects.followed_by(visit.member, root),
    )


def window_of(visit: viewer.Visit, **cursor: int | None) -> windows.Window:
    """The posts to show: the newest ones, or those before, after or around a post; 404 for a foreign one."""
    if not any(cursor.values()):
        return windows.newest(visit.channel, visit.head, visit.member)
    posts = Post.objects.visible_to(visit.member).in_channel().filter(channel=visit.channel)
    try:
        return windows.of(posts, **cursor)
    except Post.DoesNotExist:
        raise Http404 from None


def show(
    request: MemberRequest, visit: viewer.Visit, *, window=None, thread=None, form=None, status=200
) -> HttpResponse:
    """Answer with the channel page.

    `window` (windows.Window) is the newest one unless given; `thread` (Thread) and `form` (PostForm) bring
    what a refused form held.
    """
    window = window or window_of(visit)
    member, slug = visit.member, visit.channel.slug
    context = {
        "sidebar": SimpleLazyObject(lambda: shell.sidebar_of(member, slug)),
        "visit": visit,
        "channel": visit.channel,
        "window": window,
        "timeline": window.html_for(visit.member.pk, None if window.newer else visit.last_read_n),
        "thread": thread,
        "form": form or PostForm(auto_id="compose_%s"),
        "refusal": visit.refusal(),
        "viewer": visit.facts([*window.ids, *(thread.ids if thread else ())]),
    }
    return render(request, "channels/show.html", context, status=status)
