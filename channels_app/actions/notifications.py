"""Telling members what concerns them: the rows of the inbox. Each of these is the content of one job.

A deed enqueues them by name, before its announcement: `tell_of_post` (a new post, once), `tell_of_edit`,
`tell_of_stamp` (with queueing_lock=f"stamp-{post.pk}"), `tell_of_answer` (also when the choice is taken
back), `tell_of_doubt`, `tell_of_removal`. All of them come out the same when they run twice.
"""

from collections.abc import Iterable, Sequence

from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Member
from channels_app import recipients
from channels_app.actions.followings import follow_by_themselves
from channels_app.live import announce_inbox
from channels_app.models import LiveStream, Mention, Notification, Post, Question, Reaction
from channels_app.models.stamps import DOUBT
from channels_app.recipients import Recipient
from kyoso.lib.deeds import deed
from kyoso.lib.kept import Kept

BATCH = 100  # rows per transaction: so many members' streams are locked until it ends
Kind = Notification.Kind


def tell_of_post(post_id: int) -> None:
    """Put a new post into the inboxes of those it concerns (recipients.of says who).

    A post that is gone or removed concerns nobody. Side effects in order: who takes part follows the thread;
    per batch of BATCH members the rows and one event on each member's own stream.
    """
    post = _standing(post_id)
    if post:
        follow_by_themselves([post.author_id, *_called_by_name(post)], post.thread_id)
        _tell_all(post, recipients.of(post))


def tell_of_edit(post_id: int) -> None:
    """Tell those whom an edited post mentions and did not mention before; nobody hears of the edit itself."""
    post = _standing(post_id)
    if post:
        follow_by_themselves(_called_by_name(post), post.thread_id)
        _tell_all(post, recipients.of(post, called_only=True))


def _standing(post_id: int, *, held: bool = False) -> Post | None:
    """A published post that was not removed, with what is asked of it; `held`: locked until the deed ends."""
    posts = Post.objects.filter(pk=post_id, removed_at=None, n__isnull=False)
    if held:
        posts = posts.select_for_update(no_key=True, of=("self",))
    return posts.select_related("channel", "root", "author").first()


def _called_by_name(post: Post) -> list[int]:
    named = Mention.objects.filter(post=post, member__isnull=False)
    return list(named.values_list("member_id", flat=True))


def _tell_all(post: Post, everybody: Sequence[Recipient]) -> None:
    for start in range(0, len(everybody), BATCH):
        _tell(post, everybody[start : start + BATCH])


@deed
def _tell(post: Post, batch: Sequence[Recipient]) -> None:
    """Rows for those who have none of this kind, and their numbers to those who have not seen the post."""
    ids = [recipient.member_id for recipient in batch]
    told = set(Notification.objects.filter(post=post, member__in=ids).values_list("member_id", "kind"))
    fresh = [recipient for recipient in batch if (recipient.member_id, recipient.kind) not in told]
    now = timezone.now()
    Notification.objects.bulk_create(
        (
            Notification(
                member_id=recipient.member_id,
                kind=recipient.kind,
                post=post,
                actor_id=post.author_id,
                happened_at=post.posted_at,
                read_at=now if recipient.has_seen else None,
            )
            for recipient in fresh
        ),
        ignore_conflicts=True,
    )
    _notify([recipient.member_id for recipient in fresh if not recipient.has_seen], post.pk)


def unread_numbers(members: Iterable[int]) -> dict[int, int]:
    """How many rows of each member wait to be read, as the pages count them; one short query each.

    Locks the members' streams first, in the order of emit(): the numbers are told in the order in which they
    came true. Members without a stream have no screens and are left out.
    """
    streams = LiveStream.objects.filter(kind=LiveStream.Kind.MEMBER, ref_id__in=list(members))
    known = streams.select_for_update(no_key=True).order_by("pk").values_list("ref_id", flat=True)
    return {member_id: WAITING.rows(member=member_id)[0][0] for member_id in list(known)}


def _waiting(member: int) -> QuerySet:
    reader = Member.from_db(None, ["id", "is_active"], [member, True])
    number = Coalesce(Subquery(Notification.objects.waiting_for(reader).counted()), 0)
    return Member.objects.filter(pk=member).annotate(number=number).values_list("number")


WAITING = Kept(_waiting, member=int)


def _notify(members: Sequence[int], post_id: int) -> None:
    if members:
        announce_inbox.notified(unread_numbers(members), post_id)


@deed
def tell_of_stamp(post_id: int) -> None:
    """Bring the one row about the stamps on a post to what is pressed now.

    It names the last who pressed and counts people, not presses; it is unread again when somebody pressed
    since, and goes when nobody is left. Authors are not told of their own stamps, of a doubt (its reason
    tells them), or of a channel they muted. Side effects in order: the row, one event on the author's
    stream.
    """
    # Who presses holds the post: whoever found this job still waiting, and wrote none, has committed now.
    post = _standing(post_id, held=True)
    if post is None or not recipients.takes(post, by_name=False):
        return
    pressed = Reaction.objects.filter(post=post).exclude(member=post.author_id).exclude(stamp=DOUBT)
    last = pressed.order_by("-reacted_at", "-pk").first()
    rows = Notification.objects.filter(member=post.author_id, post=post, kind=Kind.STAMP)
    if last is None:
        _take_back(rows, post)
        return
    people = pressed.aggregate(n=Count("member", distinct=True))["n"]
    shown = {"actor_id": last.member_id, "stamp": last.stamp, "count": people}
    fresh = shown | {"happened_at": last.reacted_at, "read_at": None, "mailed_at": None}
    row, created = rows.select_for_update().get_or_create(
        member_id=post.author_id, post=post, kind=Kind.STAMP, defaults=fresh
    )
    is_news = last.reacted_at > row.happened_at
    rows.filter(pk=row.pk).update(**(fresh if is_news else shown))
    if created or is_news:
        _notify([post.author_id], post.pk)


def _take_back(rows: QuerySet, post: Post) -> None:
    """What the rows say is true no more: they go, and the author's number with them."""
    if rows.delete()[0]:
        announce_inbox.inbox_read(post.author_id, unread_numbers([post.author_id]).get(post.author_id, 0))


@deed
def tell_of_answer(post_id: int) -> None:
    """Tell the author of a reply that it was accepted as the answer; the row goes when that is taken back.

    Those who accept a reply of their own are not told.
    """
    post = _standing(post_id, held=True)
    if post is None:
        return
    accepted = Question.objects.filter(answer=post).exclude(accepted_by=post.author_id).first()
    rows = Notification.objects.filter(member=post.author_id, post=post, kind=Kind.ANSWER)
    if accepted is None:
        _take_back(rows, post)
    elif recipients.takes(post, by_name=True):
        _tell_author(post, Kind.ANSWER, accepted.accepted_by_id, accepted.accepted_at)


@deed
def tell_of_doubt(reaction_id: int) -> None:
    """Give the author of a post the private reason of a 違うかも; a changed reason is told anew.

    Side effects in order: the row with the reason, one event on the author's stream.
    """
    doubt = Reaction.objects.select_for_update(of=("self",)).filter(pk=reaction_id).exclude(note="").first()
    post = _standing(doubt.post_id) if doubt else None
    if doubt is None or post is None or doubt.member_id == post.author_id:
        return
    rows = Notification.objects.filter(
        member=post.author_id, post=post, kind=Kind.DOUBT, actor=doubt.member_id
    )
    if not rows.filter(note=doubt.note).exists() and recipients.takes(post, by_name=True):
        rows.delete()
        _tell_author(post, Kind.DOUBT, doubt.member_id, timezone.now(), note=doubt.note)


def _tell_author(post: Post, kind: str, actor_id: int | None, at, note: str = "") -> None:
    facts = {"member_id": post.author_id, "kind": kind, "post": post, "actor_id": actor_id}
    row = Notification(happened_at=at, note=note, **facts)
    Notification.objects.bulk_create([row], ignore_conflicts=True)
    _notify([post.author_id], post.pk)


def tell_of_removal(post_id: int) -> None:
    """Lower the numbers of those in whose inbox a removed post stood unread."""
    waiting = Notification.objects.filter(post=post_id, read_at=None).order_by("member_id")
    members = list(waiting.values_list("member_id", flat=True).distinct())
    for start in range(0, len(members), BATCH):
        _tell_fewer(members[start : start + BATCH])


@deed
def _tell_fewer(members: Sequence[int]) -> None:
    for member_id, number in unread_numbers(members).items():
        announce_inbox.inbox_read(member_id, number)
