"""Drafts: keeping what a member has typed, and forgetting it once it is said."""

from uuid import UUID

from django.utils import timezone

from channels_app.models import Channel, Draft, Membership, Post, ScheduledPost
from kyoso.lib.deeds import deed


@deed
def keep_draft(
    member,
    channel: Channel,
    *,
    text: str,
    title: str = "",
    root: Post | None = None,
    cid: UUID | None = None,
) -> Draft | None:
    """Keep the unsent text of one place, in place of what was kept there; nothing typed keeps none.

    `title` (at most 80 characters) is that of a question.

    `cid` is the attempt the text would be sent with: what was published or scheduled under it in the meantime
    is no draft any more, so a late request cannot bring it back. Side effect: the row.
    """
    # Who publishes holds this stay as well: what is just being said is said before it is looked for.
    Membership.objects.current().select_for_update(no_key=True).filter(member=member, channel=channel).first()
    if not (text.strip() or title.strip()):
        drop(member, channel, root)
        return None
    if cid and was_said(member, cid):
        return None
    facts = {"text": text, "title": "" if root else title, "saved_at": timezone.now()}
    place = {"member": member, "channel": channel, "root": root}
    draft, _ = Draft.objects.update_or_create(**place, defaults=facts)
    return draft


def was_said(member, cid: UUID) -> bool:
    """Whether the attempt `cid` was published or waits for its moment."""
    published = Post.objects.filter(author=member, cid=cid)
    return published.exists() or ScheduledPost.objects.filter(member=member, cid=cid).exists()


def drop(member, channel: Channel, root: Post | None) -> None:
    """Forget the draft of a place; called by publish_post when it is said. No draft, no change."""
    Draft.objects.filter(member=member, channel=channel, root=root).delete()


@deed
def discard_draft(member, draft: Draft) -> None:
    """Throw one's own draft away; again changes nothing."""
    Draft.objects.filter(pk=draft.pk, member=member).delete()
