"""The channel page, put together in one place: several views show it (channel, thread, refused forms)."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, render

from channels_app import fragments, viewer, windows
from channels_app.forms.posts import PostForm
from channels_app.models import Channel, Post
from kyoso.lib.build import build


@dataclass(frozen=True)
class Thread:
    """The third column: a root and a window of its replies."""

    root: Post
    root_html: str
    replies: windows.Window
    people: int
    form: PostForm
    refusal: str

    @property
    def action(self) -> str:
        """Where a reply is sent."""
        return f"/posts/{self.root.pk}/replies/"

    @property
    def ids(self) -> list[int]:
        """The ids of its posts."""
        return [self.root.pk, *self.replies.ids]


def channel_or_404(member, slug: str) -> Channel:
    """The channel with the viewer's facts; 404 for a stranger of a closed channel."""
    try:
        return viewer.channel_seen_by(member, slug=slug)
    except Channel.DoesNotExist:
        raise Http404 from None


def post_or_404(member, post_id: int) -> Post:
    """A post the member may read, with its channel and root; 404 otherwise."""
    posts = Post.objects.visible_to(member).select_related("channel", "root")
    return get_object_or_404(posts, pk=post_id)


def thread_of(member, channel: Channel, root_id: int, form: PostForm | None = None, **cursor) -> Thread:
    """The thread below a root of this channel; 404 for anything else. `cursor` is that of windows.of."""
    visible = Post.objects.visible_to(member).filter(channel=channel)
    root = get_object_or_404(visible.filter(root=None), pk=root_id)
    try:
        replies = windows.of(visible.filter(root=root), **cursor)
    except Post.DoesNotExist:
        raise Http404 from None
    made = fragments.posts_at({root.pk: root.v})[root.pk]
    people = Post.objects.filter(root=root, removed_at=None).exclude(author=root.author_id)
    return Thread(
        root=root,
        root_html=fragments.as_copy(made.html, "thread"),
        replies=replies,
        people=1 + people.aggregate(n=Count("author", distinct=True))["n"],
        form=form or PostForm(auto_id="reply_%s"),
        refusal=channel.refusal_to_post(member, channel.stay, replying=True),
    )


def window_of(member, channel: Channel, **cursor) -> windows.Window:
    """The posts to show: the newest ones, or those before, after or around a post; 404 for a foreign one."""
    if not any(cursor.values()):
        return windows.newest(channel, channel.head, member)
    posts = Post.objects.visible_to(member).filter(channel=channel, root=None)
    try:
        return windows.of(posts, **cursor)
    except Post.DoesNotExist:
        raise Http404 from None


def show(request, channel: Channel, *, window=None, thread=None, form=None, status: int = 200):
    """Answer with the channel page; `form` and `thread` bring what a refused form held."""
    member = request.user
    window = window or window_of(member, channel)
    members, organisations = viewer.headcount(channel.pk, channel.head)
    context = {
        "channel": channel,
        "current_slug": channel.slug,
        "members": members,
        "organisations": organisations,
        "window": window,
        "timeline": window.html_for(None if window.newer else channel.last_read_n),
        "unread": channel.stay is not None and max(0, channel.posts_ever - channel.read_posts),
        "thread": thread,
        "form": form or PostForm(auto_id="compose_%s"),
        "refusal": channel.refusal_to_post(member, channel.stay),
        "viewer": viewer.facts(member, channel, [*window.ids, *(thread.ids if thread else ())]),
        "epoch": channel.epoch,
        "build": build(),
    }
    return render(request, "channels/show.html", context, status=status)
