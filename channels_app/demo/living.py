"""How the demo community lives: questions and answers, files, what members keep, and their inboxes."""

from datetime import timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import Member
from channels_app.actions import attachments, bookmarks, drafts, mentions, notifications, sections
from channels_app.actions.doubts import doubt_privately
from channels_app.actions.imports import OldPost, import_posts
from channels_app.actions.scheduled_posts import schedule_post
from channels_app.demo.accounts import CONTENT, content
from channels_app.models import Channel, Membership, Notification, Post, Question, Reaction, Section
from channels_app.models.stamps import DOUBT

UNREAD = timedelta(days=3)  # older rows of the inbox were read


def live(members: dict[str, Member]) -> None:
    """Everything of living.json, then the inboxes of those who can sign in."""
    told = content("living")
    for row in told["questions"]:
        _question(row, members)
    for row in told["asked"]:
        _ask(row, members)
    for row in told["files"]:
        _attach(row, members)
    _arrange(told, members)
    for key, count in told["bookmarks"].items():
        _keep(members[key], count)
    for row in told["drafts"]:
        drafts.keep_draft(members[row["member"]], _channel(row), text=row["text"])
    for row in told["scheduled"]:
        _schedule(row, members)
    since = timezone.now() - timedelta(days=told["lately_days"])
    _call(since)
    _tell_inboxes([member for member in members.values() if member.has_usable_password()], since)
    for row in told["reasons"]:
        root = _root(row, members)
        _privately(root, members[row["by"]], row["note"])


def _channel(row: dict) -> Channel:
    return Channel.objects.get(slug=row["channel"])


def _root(row: dict, members: dict[str, Member]) -> Post:
    roots = Post.objects.roots().filter(channel__slug=row["channel"], author=members[row["author"]])
    return roots.select_related("channel").filter(text__startswith=row["starts"]).latest("posted_at")


def _question(row: dict, members: dict[str, Member]) -> None:
    root = _root(row, members)
    question = Question(post=root, channel=root.channel, title=row["title"])
    if row["answer"]:
        question.answer = root.replies.filter(author=members[row["answer"]]).earliest("posted_at")
        question.accepted_at = question.answer.posted_at + timedelta(hours=2)
        question.accepted_by = root.author
    question.save(force_insert=True)


def _ask(row: dict, members: dict[str, Member]) -> None:
    at = timezone.now() - timedelta(hours=row["hours_ago"])
    (post,) = import_posts(_channel(row), [OldPost(members[row["author"]], row["text"], at)])
    if row["title"]:
        Question.objects.create(post=post, channel=post.channel, title=row["title"])


def _attach(row: dict, members: dict[str, Member]) -> None:
    post, member = _root(row, members), members[row["author"]]
    file = attachments.upload(member, (CONTENT / "files" / row["file"]).read_bytes(), row["name"])
    file.post, file.uploaded_at = post, post.posted_at
    file.save(update_fields=["post", "uploaded_at"])


def _arrange(told: dict, members: dict[str, Member]) -> None:
    """Favourites, muted channels and own headings."""
    stays, now = Membership.objects.current(), timezone.now()
    for column, rows in (("favourite_at", told["favourites"]), ("muted_at", told["muted"])):
        for key, slugs in rows.items():
            stays.filter(member=members[key], channel__slug__in=slugs).update(**{column: now})
    for key, headings in told["sections"].items():
        for name, slugs in headings.items():
            section: Section = sections.create_section(members[key], name=name)
            stays.filter(member=members[key], channel__slug__in=slugs).update(section=section)


def _keep(member: Member, count: int) -> None:
    """Keep the posts with the most replies for later; the last one is done with."""
    posts = Post.objects.visible_to(member).roots().exclude(author=member).filter(removed_at=None)
    for place, post in enumerate(posts.order_by("-reply_count", "-posted_at")[:count]):
        bookmarks.save(member, post)
        if place and place == count - 1:
            bookmarks.finish(member, post)


def _schedule(row: dict, members: dict[str, Member]) -> None:
    day = timezone.localtime() + timedelta(days=row["days"])
    at = day.replace(hour=row["hour"], minute=0, second=0, microsecond=0)
    schedule_post(members[row["member"]], _channel(row), text=row["text"], cid=uuid4(), publish_at=at)


def _call(since) -> None:
    """Resolve whom the later posts address by @."""
    for post in Post.objects.filter(text__contains="@", posted_at__gte=since).select_related("channel"):
        mentions.address(post)


def _tell_inboxes(people: list[Member], since) -> None:
    """Rows of the last days for these people, as the jobs would have made them; the older are read."""
    threads = Post.objects.filter(author__in=people, posted_at__gte=since - timedelta(days=20))
    replies = Post.objects.filter(root__author__in=people, posted_at__gte=since).exclude(author__in=people)
    calls = Post.objects.filter(mentions__isnull=False, posted_at__gte=since)
    for post_id in sorted({*replies.values_list("pk", flat=True), *calls.values_list("pk", flat=True)}):
        notifications.tell_of_post(post_id)
    pressed = Reaction.objects.filter(post__in=threads, reacted_at__gte=since).exclude(stamp=DOUBT)
    for post_id in sorted(set(pressed.values_list("post", flat=True))):
        notifications.tell_of_stamp(post_id)
    answers = Question.objects.filter(answer__author__in=people)
    for post_id in answers.values_list("answer", flat=True):
        notifications.tell_of_answer(post_id)
    older = Notification.objects.filter(happened_at__lt=timezone.now() - UNREAD)
    older.update(read_at=timezone.now())


def _privately(post: Post, member: Member, note: str) -> None:
    doubt_privately(member, post, note=note)
    notifications.tell_of_doubt(Reaction.objects.get(post=post, member=member, stamp=DOUBT).pk)
