"""違うかも: another way to see it, told with a reason and kindly (行動規範: 否定から入らない)."""

from uuid import UUID

from channels_app.actions.posts import publish_post
from channels_app.actions.reactions import hold, new_reaction, tell
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Post, Reaction
from channels_app.models.stamps import DOUBT
from kyoso import jobs
from kyoso.lib.deeds import deed


@deed
def doubt(member, post: Post, *, text: str, cid: UUID) -> Post:
    """Press 違うかも on a post with a reason for all to read, which is a reply in its thread.

    `text` is checked Markdown, `cid` the client's own id of this attempt: a repeated one says it once. A
    second reason takes the place of the first in the list of reasons; both replies stay. Raises Refused like
    `react` and `publish_post`, and on one's own post. Side effects in order: those of the reply, the
    reaction, the post's v, the announcement. Returns the post as changed.
    """
    # The channel before the post, as a reply of somebody else in the same thread takes them.
    Channel.objects.select_for_update(no_key=True).only("pk").get(pk=post.channel_id)
    post = _hold_anothers(member, post)
    root = Post.objects.get(pk=post.root_id) if post.root_id else post
    reason = publish_post(member, post.channel, text=text, cid=cid, root=root).post
    reaction = _reaction(member, post)
    if reaction.reason_id == reason.pk:
        return post
    reaction.reason, reaction.note = reason, ""
    reaction.save()
    return tell(post, reaction, on=True)


@deed
def doubt_privately(member, post: Post, *, note: str) -> Post:
    """Press 違うかも on a post with a reason that only its author reads.

    `note` has 1 to 400 characters. It is never counted, and its reaction is announced to the member's own
    screens alone. The same note again changes nothing. Raises Refused like `react`, and on one's own post.
    Side effects in order: the reaction, the job that tells the author, the announcement.
    """
    post = _hold_anothers(member, post)
    reaction = _reaction(member, post)
    if reaction.note == note:
        return post
    was_public = reaction.reason_id is not None
    reaction.reason, reaction.note = None, note
    reaction.save()
    jobs.enqueue("tell_of_doubt", reaction_id=reaction.pk)
    return tell(post, reaction, on=True, shown=was_public)


def _hold_anothers(member, post: Post) -> Post:
    post = hold(member, post)
    if post.author_id == member.pk:
        raise Refused("自分の投稿には押せません。編集するか、返信で補ってください。")
    return post


def _reaction(member, post: Post) -> Reaction:
    pressed = Reaction.objects.filter(post=post, member=member, stamp=DOUBT).first()
    return pressed or new_reaction(member, post, DOUBT)
