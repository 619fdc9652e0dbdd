"""What the secretariat changes about channels: create, rename, describe, merge, archive, open again."""

from django.utils import timezone

from accounts.actions import audit
from accounts.models import Member
from channels_app.actions.channels import admit_many, open_channel
from channels_app.actions.refusals import Refused
from channels_app.live import announce
from channels_app.models import Channel, FormerAddress, Membership
from kyoso import jobs
from kyoso.lib.deeds import deed

AT_ONCE = 100  # members admitted in one transaction
STORED = "-hokan"  # what the address of a merged channel ends with


@deed
def create_channel(actor, *, slug: str, **facts) -> Channel:
    """Open a channel of an open kind; `facts` are Channel fields.

    Raises Refused for everybody but the secretariat and for an address that is or was in use. Side effects in
    order: the channel with its stream, the audit entry, the announcement.
    """
    _insist(actor)
    insist_on_free(slug)
    channel = open_channel(actor, slug=slug, **facts)
    audit.record(actor, "channel.created", channel, slug=slug)
    return channel


@deed
def describe_channel(actor, channel: Channel, **facts) -> list[str]:
    """Change name, reading, purpose, category, the facts of its kind and whether newcomers are in it.

    Returns the names of the fields that changed; none changed, nothing is recorded. Raises Refused for
    everybody but the secretariat. Side effects in order: the fields and v, the audit entry, the announcement.
    """
    channel = _locked(actor, channel)
    changed = [name for name, value in facts.items() if getattr(channel, name) != value]
    if not changed:
        return []
    before = channel.name
    for name in changed:
        setattr(channel, name, facts[name])
    channel.v += 1
    channel.save(update_fields=[*changed, "v"])
    audit.record(actor, "channel.described", channel, fields=changed, before=before, after=channel.name)
    announce.channel_changed(channel, actor)
    return changed


@deed
def move_channel(actor, channel: Channel, *, slug: str) -> Channel:
    """Give a channel another address; the old one leads there. Its own old address may come back.

    Raises Refused for everybody but the secretariat and for an address that is or was in use elsewhere. Side
    effects in order: the former address, slug and v, the audit entry, the announcement.
    """
    channel = _locked(actor, channel)
    if slug == channel.slug:
        return channel
    FormerAddress.objects.filter(slug=slug, channel=channel).delete()
    insist_on_free(slug)
    before = channel.slug
    _readdress(channel, slug)
    audit.record(actor, "channel.moved", channel, before=before, after=slug)
    announce.channel_changed(channel, actor)
    return channel


@deed
def merge_channels(actor, channel: Channel, into: Channel) -> Channel:
    """End `channel` in favour of another: it stays readable, its members go to the other one.

    Its address leads to the other channel; itself stands under `…-hokan`. Raises Refused for everybody but
    the secretariat, for itself, and unless both are open and living. Side effects in order: the address,
    archived_at, merged_into and v; the audit entry; the job that admits the members; the announcement.
    """
    if channel.pk == into.pk:
        raise Refused("同じチャンネルには統合できません。")
    # By their ids, so that two who merge the same two channels into one another wait instead of both ending.
    locked = {one.pk: _locked(actor, one) for one in sorted((channel, into), key=lambda one: one.pk)}
    channel, into = locked[channel.pk], locked[into.pk]
    if channel.is_closed or into.is_closed:
        raise Refused("非公開のチャンネルは統合できません。")
    if channel.archived_at or into.archived_at:
        raise Refused("保管済みのチャンネルは統合できません。")
    before = channel.slug
    _readdress(channel, _free_like(f"{before[:50]}{STORED}"))
    channel.archived_at, channel.merged_into = timezone.now(), into
    channel.save(update_fields=["archived_at", "merged_into"])
    audit.record(actor, "channel.merged", channel, into=into.pk, before=before)
    jobs.enqueue("admit_members_of", channel_id=channel.pk, into_id=into.pk)
    announce.channel_changed(channel, actor)
    return channel


def admit_members_of(channel: Channel, into: Channel) -> int:
    """Let everybody who is in `channel` into the other one, 100 in a transaction; returns their number.

    What was merged onward in the meantime leads to where it went.
    """
    while into.merged_into:
        into = into.merged_into
    present = Membership.objects.current().filter(channel=channel, member__is_active=True)
    there = Membership.objects.current().filter(channel=into).values("member")
    missing = list(present.exclude(member__in=there).order_by("member").values_list("member", flat=True))
    for start in range(0, len(missing), AT_ONCE):
        admit_many(list(Member.objects.filter(pk__in=missing[start : start + AT_ONCE])), into)
    return len(missing)


@deed
def archive_channel(actor, channel: Channel) -> bool:
    """Make a channel read-only and take it out of the lists; False when it is already.

    Raises Refused for everybody but the secretariat. Side effects in order: archived_at and v, the audit
    entry, the announcement.
    """
    return _set_archived(actor, channel, on=True)


@deed
def reopen_channel(actor, channel: Channel) -> bool:
    """Let people write in an archived channel again; False when it is open.

    Raises Refused for everybody but the secretariat and for a merged channel. Side effects as `archive`.
    """
    return _set_archived(actor, channel, on=False)


def _set_archived(actor, channel: Channel, *, on: bool) -> bool:
    channel = _locked(actor, channel)
    if bool(channel.archived_at) == on:
        return False
    if channel.merged_into_id:
        raise Refused("統合したチャンネルは、もう一度開けません。")
    channel.archived_at, channel.v = timezone.now() if on else None, channel.v + 1
    channel.save(update_fields=["archived_at", "v"])
    audit.record(actor, "channel.archived" if on else "channel.reopened", channel)
    announce.channel_changed(channel, actor)
    return True


def _insist(actor) -> None:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("チャンネルを変えられるのは、事務局だけです。")


def _locked(actor, channel: Channel) -> Channel:
    _insist(actor)
    return Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)


def _readdress(channel: Channel, slug: str) -> None:
    FormerAddress.objects.create(slug=channel.slug, channel=channel)
    channel.slug, channel.v = slug, channel.v + 1
    channel.save(update_fields=["slug", "v"])


def _is_taken(slug: str) -> bool:
    return Channel.objects.filter(slug=slug).exists() or FormerAddress.objects.filter(slug=slug).exists()


def insist_on_free(slug: str) -> None:
    """Raise Refused for an address that a channel has or had."""
    if _is_taken(slug):
        raise Refused("このアドレスは、ほかのチャンネルが使っているか、前に使っていました。")


def _free_like(slug: str) -> str:
    numbered = (slug if number == 1 else f"{slug}-{number}" for number in range(1, 1000))
    return next(one for one in numbered if not _is_taken(one))
