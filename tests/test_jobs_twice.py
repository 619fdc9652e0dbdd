"""Every background task may run twice, as after a crash before its end is noted, and comes out the same."""

import pytest
from django.apps import apps
from django.core import mail
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.actions import audit
from accounts.models import Invitation, Member, Registration, SignIn
from channels_app.actions.doubts import doubt_privately
from channels_app.models import Channel, OwnStamp, Post, Reaction, ScheduledPost
from tests import factories
from tests.role_stage import Stage

pytestmark = pytest.mark.django_db
# What a second run may write once more: it tells browsers to look, and they see what they saw.
TELLS_AGAIN = {"redraw_posts_of": {"LiveEvent"}, "redraw_posts_with": {"LiveEvent"}}
# A second run makes a new code; the mail that arrives last counts.
MAKES_ANEW = {"send_registration_code": {"Registration"}}
# A letter about a deed says the same twice. Where that would trouble somebody, the row notes that it went.
MAILS_AGAIN = ("mail_", "send_notice", "send_reset_code", "send_registration_code")
UPKEEP = {"retry_stalled_jobs", "remove_old_jobs"}  # of the queue itself, in tests/test_job_processes.py


class Community(Stage):
    """The community of the role matrix, with what the tasks are about."""

    def __init__(self) -> None:
        super().__init__()
        writer, self.inside = self.target, self.members["channel member"]
        self.post = self.posts["@open"]
        self.reply = factories.post(self.inside, self.open, "返信です。", root=self.post)
        factories.react(self.inside, self.post)
        doubt_privately(self.inside, self.post, note="数字が違うと思います。")
        self.doubt = Reaction.objects.exclude(note="").get()
        ScheduledPost.objects.filter(pk=self.scheduled.pk).update(publish_at=timezone.now())
        Registration.objects.filter(pk=self.registration.pk).update(code_sent_at=timezone.now())
        self.sign_in = SignIn.objects.create(member=writer, address="203.0.113.9", browser="Firefox")
        secretary = self.members["secretariat"]
        self.entry = audit.record(secretary, "member.suspended", self.members["suspended"], reason="規範違反")
        Member.objects.filter(pk=self.inside.pk).update(digest=Member.Digest.DAILY)

    def arguments(self) -> dict[str, dict]:
        """What each task with arguments is called with."""
        member, post = {"member_id": self.target.pk}, {"post_id": self.post.pk}
        registration = {"registration_id": self.registration.pk}
        closed = {"post_id": self.posts["@closed"].pk}
        told = ("tell_of_post", "tell_of_edit", "tell_of_stamp")
        applied = ("received", "asked", "approved", "declined")
        return {
            **dict.fromkeys(told, post),
            "verify_audit_log": {},
            **{f"mail_registration_{what}": registration for what in applied},
            "send_registration_code": registration,
            "approve_bound_registration": registration,
            "send_reset_code": {"address": self.target.email, "code": "123456"},
            "send_notice": {"address": self.target.email, "subject": "件名", "body": "本文"},
            "mail_invitation": {"invitation_id": self.invitation.pk},
            "mail_member_suspended": {"entry_id": self.entry.pk},
            "mail_member_resumed": member,
            "mail_sign_in_new": {"sign_in_id": self.sign_in.pk},
            "end_sessions": {"member_id": self.members["suspended"].pk},
            "redraw_posts_of": member | {"at_once": False},
            "recount_channels_of": member,
            "tell_of_answer": {"post_id": self.reply.pk},
            "tell_of_doubt": {"reaction_id": self.doubt.pk},
            "tell_of_removal": closed,
            "delete_files_of": closed,
            "publish_scheduled_post": {"scheduled_id": self.scheduled.pk},
            "admit_members_of": {"channel_id": self.open.pk, "into_id": self.news.pk},
            "redraw_posts_with": {"stamp": "onaji"},
            "send_digest": {"member_id": self.inside.pk, "day": timezone.localdate().isoformat()},
        }


def ours() -> set[str]:
    """The names of our own tasks."""
    return {name for name in app.tasks if not name.startswith(("builtin:", "procrastinate."))} - UPKEEP


def rows() -> dict[str, int]:
    """How many rows each table has."""
    return {model.__name__: model._default_manager.count() for model in apps.get_models()}


def content() -> dict[str, list]:
    """What members see of posts, channels and themselves; `v` only says that it is to be looked at again."""
    kept = {
        Post: ("v",),
        Channel: (),
        Member: ("last_login",),
        Registration: (),
        OwnStamp: (),
        Invitation: (),
    }
    kept |= {ScheduledPost: (), ProcrastinateJob: ()}
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in hidden}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model, hidden in kept.items()
    }


def troubles(name: str, sent: dict) -> list[str]:
    """What a second run of a task does that it should not. Its effects are undone."""
    with transaction.atomic():
        begun, task = len(mail.outbox), app.tasks[name].func
        task(**sent)
        first, seen, mails = rows(), content(), len(mail.outbox)
        task(**sent)
        more = {table for table, number in rows().items() if number != first[table]}
        changed = {table for table, found in content().items() if found != seen[table]}
        letters = mails - begun if name.startswith(MAILS_AGAIN) else 0
        transaction.set_rollback(True)
    found = [f"{name} writes more: {more}"] if more - TELLS_AGAIN.get(name, set()) else []
    found += [f"{name} changes {changed}"] if changed != MAKES_ANEW.get(name, set()) else []
    return found + ([f"{name} mails again"] if len(mail.outbox) - mails != letters else [])


def test_a_second_run_of_any_task_changes_nothing_more(settings, tmp_path):
    settings.FILES_DIR = tmp_path
    arguments = Community().arguments()
    periodic = {name for name, _ in app.periodic_registry.periodic_tasks}
    assert set(arguments) == ours() - periodic
    # A periodic job is handed the moment it stands for.
    sent = arguments | {name: {"timestamp": 0} for name in periodic & ours()}
    assert [trouble for name in sorted(ours()) for trouble in troubles(name, sent[name])] == []
    assert mail.outbox != []
