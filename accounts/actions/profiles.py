"""What members tell about themselves, and the name that only the secretariat changes."""

import time
from functools import partial

from django.db import transaction

from accounts import pictures, signals
from accounts.actions import audit, directory_rows
from accounts.actions.refusals import Refused
from accounts.models import Member
from kyoso.lib.deeds import deed

STRAY_SECONDS = 3_600


@deed
def edit_profile(
    member: Member, *, introduction: str, helps_with: str, squares: dict[int, bytes] | None = None
) -> Member:
    """Write one's introduction and expertise; with `squares` (kyoso.lib.pictures), also a new picture.

    Side effects in order: the files of the new picture; the texts; the search row; after the commit the old
    picture's files go; member_changed when the picture is another one.
    """
    member = locked(member)
    member.introduction, member.helps_with = introduction, helps_with
    if squares:
        _replace_picture(member, pictures.keep(squares))
    member.save(update_fields=["introduction", "helps_with", "picture"])
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    if squares:
        signals.member_changed.send(sender=Member, member=member, what="picture")
    return member


@deed
def remove_picture(member: Member) -> bool:
    """Take one's picture away; False when there is none.

    Side effects in order: the picture's name; after the commit its files go; member_changed.
    """
    member = locked(member)
    if not member.picture:
        return False
    _replace_picture(member, "")
    member.save(update_fields=["picture"])
    signals.member_changed.send(sender=Member, member=member, what="picture")
    return True


def _replace_picture(member: Member, name: str) -> None:
    transaction.on_commit(partial(pictures.remove, member.picture))
    member.picture = name


@deed
def rename(actor: Member, member: Member, *, name: str, kana: str) -> bool:
    """Change a member's name, as they asked for; False when it is that already.

    Raises Refused for anybody but the secretariat, and for a former member. Side effects in order: name and
    reading; the search row; the audit entry; member_changed, after which their posts are drawn anew.
    """
    if not (actor.is_active and actor.is_secretariat):
        raise Refused("氏名を変えられるのは、事務局だけです。")
    member = locked(member)
    if member.departed_at:
        raise Refused("退会した会員の氏名は変えられません。")
    if (member.name, member.kana) == (name, kana):
        return False
    before, member.name, member.kana = member.name, name, kana
    member.save(update_fields=["name", "kana"])
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    audit.record(actor, "member.renamed", member, before=before, after=name)
    signals.member_changed.send(sender=Member, member=member, what="name")
    return True


def locked(member: Member) -> Member:
    """The member's row as it is now, held until the end of the deed."""
    return Member.objects.select_for_update(no_key=True).get(pk=member.pk)


def remove_stray_pictures() -> int:
    """Delete files of pictures that no member has and that are older than an hour; returns their number."""
    kept = Member.objects.exclude(picture="").values_list("picture", flat=True)
    return pictures.remove_others(kept, time.time() - STRAY_SECONDS)
