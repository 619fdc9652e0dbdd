"""The deployment's own stamps: added, renamed and retired by the secretariat."""

import secrets

from django.db.models import F
from django.utils import timezone

from accounts.actions import audit
from channels_app.actions.refusals import Refused
from channels_app.live import announce
from channels_app.models import OwnStamp, Post, Reaction
from channels_app.models.stamps import OWN, emoji, stamps
from kyoso import jobs
from kyoso.lib.deeds import deed

AT_ONCE = 500  # posts per transaction: some 20 ms


@deed
def add_stamp(actor, *, name: str, kana: str, picture: bytes) -> OwnStamp:
    """Offer a stamp of the deployment's own from now on; every picker shows it when it is next opened.

    `picture` is what kyoso.lib.stamp_pictures made of the upload. Raises Refused for everybody but the
    secretariat, and for a name that another stamp has. Side effects in order: the stamp, the audit entry.
    """
    _insist(actor)
    _insist_on_free(name)
    facts = {"name": name, "kana": kana, "picture": picture, "digest": OwnStamp.digest_of(picture)}
    stamp = OwnStamp.objects.create(code=f"{OWN}{secrets.token_hex(6)}", made_by=actor, **facts)
    audit.record(actor, "stamp.added", stamp)
    return stamp


@deed
def rename_stamp(actor, stamp: OwnStamp, *, name: str, kana: str) -> OwnStamp:
    """Give a stamp another name and reading; the picture stays, because people pressed it.

    Raises Refused like add_stamp. The same words again change nothing. Side effects in order: the words, the
    audit entry, the job that draws the posts anew which print the name.
    """
    stamp = _locked(actor, stamp)
    if (stamp.name, stamp.kana) == (name, kana):
        return stamp
    _insist_on_free(name, but=stamp)
    before, stamp.name, stamp.kana = stamp.name, name, kana
    stamp.save(update_fields=["name", "kana"])
    audit.record(actor, "stamp.renamed", stamp, before=before)
    if before != name:
        jobs.enqueue("redraw_posts_with", queueing_lock=f"redraw-{stamp.code}", stamp=stamp.code)
    return stamp


@deed
def retire_stamp(actor, stamp: OwnStamp) -> OwnStamp:
    """Take a stamp out of the picker; where it was pressed it stays. A retired one again changes nothing.

    Raises Refused for everybody but the secretariat. Side effects in order: retired_at, the audit entry.
    """
    stamp = _locked(actor, stamp)
    if stamp.retired_at is None:
        stamp.retired_at = timezone.now()
        stamp.save(update_fields=["retired_at"])
        audit.record(actor, "stamp.retired", stamp)
    return stamp


@deed
def offer_stamp(actor, stamp: OwnStamp) -> OwnStamp:
    """Put a retired stamp back into the picker; one that is offered changes nothing.

    Raises Refused for everybody but the secretariat, and when its name is taken now. Side effects in order:
    retired_at, the audit entry.
    """
    stamp = _locked(actor, stamp)
    if stamp.retired_at:
        _insist_on_free(stamp.name, but=stamp)
        stamp.retired_at = None
        stamp.save(update_fields=["retired_at"])
        audit.record(actor, "stamp.offered", stamp)
    return stamp


def redraw_posts_with(code: str) -> int:
    """Raise the version of every post that prints a stamp; returns their number. Again does no harm."""
    rows = Post.objects.filter(pk__in=Reaction.objects.filter(stamp=code).values("post"))
    by_channel: dict[int, list[int]] = {}
    for channel_id, post_id in rows.order_by("channel_id", "pk").values_list("channel_id", "pk"):
        by_channel.setdefault(channel_id, []).append(post_id)
    for channel_id, ids in by_channel.items():
        for start in range(0, len(ids), AT_ONCE):
            _redraw(channel_id, ids[start : start + AT_ONCE])
    return sum(map(len, by_channel.values()))


@deed
def _redraw(channel_id: int, ids: list[int]) -> None:
    Post.objects.filter(pk__in=ids).update(v=F("v") + 1)
    announce.channel_redrawn(channel_id)


def _locked(actor, stamp: OwnStamp) -> OwnStamp:
    _insist(actor)
    return OwnStamp.objects.light().select_for_update(no_key=True).get(pk=stamp.pk)


def _insist(actor) -> None:
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("スタンプを変えられるのは、事務局だけです。")


def _insist_on_free(name: str, but: OwnStamp | None = None) -> None:
    others = OwnStamp.objects.offered().filter(name=name)
    taken = {stamp.name for stamp in (*stamps().values(), *emoji().values())}
    if name in taken or others.exclude(pk=but.pk if but else None).exists():
        raise Refused("その名前のスタンプはもうあります。別の名前にしてください。")
