"""What members do with files: uploading one, taking it back, sending it with a post."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from channels_app import stored_files
from channels_app.actions.refusals import Refused
from channels_app.models import Attachment, Post
from channels_app.models.attachments import LARGEST_POST, MOST_FILES
from kyoso import jobs
from kyoso.lib import attached_pictures, files
from kyoso.lib.deeds import deed

KEPT_WAITING = timedelta(days=1)
GONE = "添付したファイルが見つかりません。もう一度選んでください。"
TOO_MANY = f"添付できるのは1つの投稿に{MOST_FILES}個までです。"
TOO_MUCH = "1つの投稿に添付できるのは、合わせて30MBまでです。"
NO_ROOM = "いまはファイルを保存できません。事務局にお知らせください。"


def upload(member, content: bytes, name: str) -> Attachment:
    """Keep a file that waits for a post of `member`; pictures are drawn anew (kyoso.lib.attached_pictures).

    `name` is what the browser calls it. Raises BadFile for what is not taken, Refused for a member who may
    not post and for a full disk. Side effects in order: the files on the disk, the row.
    """
    if not member.is_active or member.affiliation is None:
        raise Refused("いまは添付できません。事務局にお問い合わせください。")
    if not stored_files.has_room():
        raise Refused(NO_ROOM)
    kind = files.recognised(content, name)
    row, contents = _row(member, content, kind), {stored_files.FILE: content}
    if kind in files.PICTURES.values():
        drawn = attached_pictures.drawn(content, kind)
        row = _row(member, drawn.content, drawn.kind)
        row.width, row.height = drawn.width, drawn.height
        contents = {stored_files.FILE: drawn.content, stored_files.THUMBNAIL: drawn.thumbnail}
        kind = drawn.kind
    row.name = files.clean_name(name, kind)
    stored_files.keep(row.key, contents)
    row.save()
    return row


def _row(member, content: bytes, kind: files.Kind) -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    facts = {"media_type": kind.media_type, "size": len(content), "digest": digest}
    return Attachment(key=uuid4(), uploader=member, **facts)


@deed
def discard_upload(member, attachment: Attachment) -> None:
    """Take back a file of one's own that was not sent; again changes nothing.

    Raises Refused when it went with a post in the meantime. Side effects in order: the row, and after the
    commit the files.
    """
    row = Attachment.objects.select_for_update().filter(pk=attachment.pk, uploader=member).first()
    if row is None:
        return
    if row.post_id:
        raise Refused("このファイルは、もう投稿されています。")
    row.delete()
    transaction.on_commit(lambda: stored_files.remove(row.key))


def attach(post: Post, member, keys: Sequence[UUID]) -> None:
    """Give a new post the files with these keys, in this order; called by publish_post in its transaction.

    Each must have been uploaded by `member` and be free: the rows are locked, so one file never goes with two
    posts. Raises Refused for any other key, more than 10 files or more than 30 MB. No keys, no change.
    """
    if not keys:
        return
    if len(keys) > MOST_FILES:
        raise Refused(TOO_MANY)
    waiting = Attachment.objects.waiting_of(member).select_for_update()
    rows = sorted(waiting.filter(key__in=keys), key=lambda row: keys.index(row.key))
    if len(rows) < len(set(keys)):
        raise Refused(GONE)
    if sum(row.size for row in rows) > LARGEST_POST:
        raise Refused(TOO_MUCH)
    for position, row in enumerate(rows):
        row.post, row.position = post, position
    Attachment.objects.bulk_update(rows, ["post", "position"])


def take_away(post: Post) -> None:
    """Take the files of a removed post away; called by remove_post in its transaction.

    Side effects in order: removed_at, from which on nobody reaches them; the job that deletes the bytes.
    """
    if Attachment.objects.filter(post=post, removed_at=None).update(removed_at=timezone.now()):
        jobs.enqueue("delete_files_of", post_id=post.pk)


def delete_files_of(post_id: int) -> int:
    """Delete the bytes of the files of a removed post; the rows stay for the record. Returns how many."""
    gone = Attachment.objects.filter(post=post_id).exclude(removed_at=None)
    return stored_files.remove_all(list(gone.values_list("key", flat=True)))


def sweep(now: datetime | None = None) -> int:
    """Delete what was uploaded more than a day ago and never sent, row and bytes, and bytes without a row.

    The latter are left by an upload that broke off and by posts that were deleted for good. Returns how many
    folders went.
    """
    before = (now or timezone.now()) - KEPT_WAITING
    with transaction.atomic():
        stale = Attachment.objects.filter(post=None, uploaded_at__lt=before).select_for_update()
        keys = list(stale.values_list("key", flat=True))
        Attachment.objects.filter(key__in=keys).delete()
    strays = list(stored_files.keys_before(before.timestamp()))
    return stored_files.remove_all(_without_file(strays))


def _without_file(keys: Collection[UUID]) -> list[UUID]:
    """Those of the keys that no standing row has."""
    kept = set(Attachment.objects.filter(key__in=keys, removed_at=None).values_list("key", flat=True))
    return [key for key in keys if key not in kept]
