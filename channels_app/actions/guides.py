"""Guides: the page that says how a channel is meant."""

from django.utils import timezone

from accounts.actions import audit
from channels_app.actions.refusals import Refused
from channels_app.actions.stewards import role_in
from channels_app.live import announce
from channels_app.models import Channel
from kyoso.lib import markdown
from kyoso.lib.deeds import deed


@deed
def edit_guide(member, channel: Channel, *, text: str) -> bool:
    """Replace the guide, Markdown of up to 10,000 characters, "" for none; False when nothing changed.

    Its stewards and, in open channels, the secretariat may; raises Refused otherwise. Side effects in order:
    guide, guide_html, guide_edited_at and v; the audit entry with the lengths, the history of the page; the
    announcement.
    """
    channel = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if not (member.is_active and channel.is_tended_by(member, role_in(member, channel))):
        raise Refused("案内を書けるのは、世話役と事務局だけです。")
    if channel.archived_at:
        raise Refused("保管済みのチャンネルの案内は変えられません。")
    if channel.guide == text:
        return False
    before, channel.guide, channel.guide_html = len(channel.guide), text, markdown.to_html(text)
    channel.guide_edited_at, channel.v = timezone.now(), channel.v + 1
    channel.save(update_fields=["guide", "guide_html", "guide_edited_at", "v"])
    audit.record(member, "channel.guide_edited", channel, before=before, after=len(text))
    announce.channel_changed(channel, member)
    return True
