"""What members do with posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max
from django.utils import timezone

from accounts.actions import audit
from channels_app.actions import attachments, drafts, mentions, questions, reactions
from channels_app.actions.refusals import Refused
from channels_app.actions.versions import raise_version
from channels_app.live import announce
from channels_app.models import Channel, Membership, Post, Revision
from kyoso import jobs
from kyoso.lib import markdown
from kyoso.lib.deeds import deed

__all__ = ["Published", "Refused", "edit_post", "publish_post", "raise_version", "remove_post"]


@dataclass(frozen=True)
class Published:
    """What became of a POST: the post, and whether this call made it (False for a repeated cid)."""

    post: Post
    created: bool


@deed
def publish_post(
    member,
    channel: Channel,
    *,
    text: str,
    cid: UUID,
    root: Post | None = None,
    title: str = "",
    in_channel: bool = False,
    files: Sequence[UUID] = (),
) -> Published:
    """Put a post (or, with `root`, a reply) into a channel, once per (member, cid).

    `text` is checked Markdown of at most 10,000 characters, empty only beside files, `cid` the client's own
    id of this attempt. `title` (1 to 80 characters) makes a root post a question; `in_channel` shows a
    reply in the channel as well; `files` are keys of the member's own attachments that wait for a post.
    Raises Refused when the channel is archived, the member is not in it (checked again inside the
    transaction), or only others may open threads there. Side effects in order: the post; the question;
    whom it addresses; its files; the draft of the place goes; last_post_at; for a reply the root's count and
    version; for what stands in the channel the author's read count (one's own words are never unread); the
    announcement (event rows, Post.n, publication after the commit).
    """
    stay, refusal = _stay(member, channel, replying=root is not None)
    if stay is None or refusal:
        earlier = Post.objects.filter(author=member, cid=cid).first()
        if earlier is None:
            raise Refused(refusal)
        return Published(earlier, created=False)
    post = Post(channel=channel, author=member, affiliation=member.affiliation, root=root, cid=cid, text=text)
    post.in_channel = in_channel or root is None
    post.html = markdown.to_html(text)
    if not Post.objects.insert_once(post):
        return Published(Post.objects.get(author=member, cid=cid), created=False)
    questions.ask(post, title)
    mentions.address(post)
    attachments.attach(post, member, files)
    drafts.drop(member, channel, root)
    _count(post, stay)
    jobs.enqueue("tell_of_post", post_id=post.pk)
    announce.post_published(post, stay)
    return Published(post, created=True)


def _count(post: Post, stay: Membership) -> None:
    """The channel's last post, the thread's replies, and the author's own read count."""
    Channel.objects.filter(pk=post.channel_id).update(last_post_at=post.posted_at)
    if post.root:
        _recount(post.root)
    if post.in_channel:
        stay.read_posts += 1
        stay.save(update_fields=["read_posts"])


def _stay(member, channel: Channel, *, replying: bool) -> tuple[Membership | None, str]:
    """The author's present stay, locked, and why it does not suffice or ""."""
    stays = Membership.objects.current().select_for_update(no_key=True)
    stay = stays.filter(member=member, channel=channel).first()
    refusal = channel.refusal_to_post(member, stay, replying=replying)
    if not member.is_active or member.affiliation is None:
        refusal = "いまは投稿できません。事務局にお問い合わせください。"
    return stay, refusal


def _recount(root: Post) -> None:
    """Lock the root, then count its replies: two replies at once both see the right number."""
    locked = Post.objects.select_for_update(no_key=True, of=("self",)).get(pk=root.pk)
    seen = locked.replies.filter(removed_at=None).aggregate(n=Count("pk"), last=Max("posted_at"))
    locked.reply_count, locked.last_reply_at, locked.v = seen["n"], seen["last"], locked.v + 1
    locked.save(update_fields=["reply_count", "last_reply_at", "v"])
    root.reply_count, root.last_reply_at, root.v = locked.reply_count, locked.last_reply_at, locked.v


@deed
def edit_post(member, post: Post, *, text: str) -> Post:
    """Replace the wording of one's own post; the earlier one is kept as a Revision.

    Raises Refused for other people's and removed posts and in an archived channel. The same text again
    changes nothing. Side effects in order: the revision, the post's text, html, edited_at and v, whom it
    addresses, the announcement.
    """
    locked = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("channel")
    post = locked.get(pk=post.pk)
    if refusal := post.refusal_to_edit(member):
        raise Refused(refusal)
    if post.text == text:
        return post
    Revision.objects.create(post=post, text=post.text, written_at=post.edited_at or post.posted_at)
    post.text, post.html = text, markdown.to_html(text)
    post.edited_at, post.v = timezone.now(), post.v + 1
    post.save(update_fields=["text", "html", "edited_at", "v"])
    mentions.address(post)
    jobs.enqueue("tell_of_edit", post_id=post.pk)
    announce.post_edited(post, member)
    return post


@deed
def remove_post(member, post: Post) -> Post:
    """Take a post back; a trace stays, and the row stays for the record.

    The author may, and the secretariat (which is recorded in the audit log). Raises Refused otherwise. A
    removed post again changes nothing. Side effects in order: removed_at and v, the root's count, its files,
    the audit entry, the announcement; an accepted answer, and a 違うかも it was the reason for, are
    taken back before.
    """
    post = Post.objects.select_for_update(no_key=True, of=("self",)).select_related("root").get(pk=post.pk)
    if post.removed_at:
        return post
    if not post.can_be_removed_by(member):
        raise Refused("取り消せるのは、自分の投稿だけです。")
    if post.is_reply:
        questions.forget_answer(member, post)
        reactions.withdraw_reasons(post)
        post.refresh_from_db(fields=["v"])
    post.removed_at, post.removed_by, post.v = timezone.now(), member, post.v + 1
    post.save(update_fields=["removed_at", "removed_by", "v"])
    if post.root:
        _recount(post.root)
    attachments.take_away(post)
    if post.author_id != member.pk:
        audit.record(member, "post.removed", post, author=post.author_id)
    jobs.enqueue("tell_of_removal", post_id=post.pk)
    announce.post_removed(post, member)
    return post
