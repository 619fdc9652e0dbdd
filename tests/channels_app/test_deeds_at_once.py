"""Two deeds that meet: whichever is first, the outcome is that of one after the other."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction

from channels_app.actions import channel_changes, channels, doubts, drafts, notifications, questions, reading
from channels_app.actions.posts import remove_post
from channels_app.actions.refusals import Refused
from channels_app.models import Channel, Draft, LiveStream, Membership, Notification, Post, Question
from tests import factories
from tests.people import person
from tests.waiting import until

pytestmark = pytest.mark.django_db(transaction=True)
WAITS_FOR_ME = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class Beside:
    """A deed that runs in a thread of its own beside the test's transaction."""

    def __init__(self, deed: Callable):
        self.result: Any = None
        self.thread = threading.Thread(target=self.run, args=[deed])
        self.thread.start()

    def run(self, deed: Callable) -> None:
        """Keep what it returns or raises."""
        try:
            self.result = deed()
        except Exception as error:
            self.result = error
        finally:
            connections.close_all()

    def meets(self) -> "Beside":
        """Return when it waits for the test's transaction, or is through without waiting."""
        until(lambda: not self.thread.is_alive() or _somebody_waits(), what="the other deed waits")
        return self

    def ends(self) -> Any:
        """What became of it."""
        self.thread.join()
        return self.result


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITS_FOR_ME)
        return cursor.fetchone() is not None


def unread(member, channel: Channel) -> int:
    """What the list of channels says."""
    stream = LiveStream.objects.get(kind=LiveStream.Kind.CHANNEL, ref_id=channel.pk)
    return stream.posts - Membership.objects.current().get(member=member, channel=channel).read_posts


@pytest.fixture
def stage():
    """(tanaka, miura, their channel, a question of tanaka's, a reply by miura)."""
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    root = factories.post(tanaka, channel, "教えてください。", title="待ち時間の測り方は")
    return tanaka, miura, channel, root, factories.post(miura, channel, "手で数えています。", root=root)


def test_a_stamp_whose_job_another_one_spared_is_counted(stage):
    tanaka, miura, channel, root, _ = stage
    ito = person("ito")
    factories.react(ito, root)
    with transaction.atomic():
        factories.react(miura, root)  # writes no job: ito's still waits, and begins now
        job = Beside(lambda: notifications.tell_of_stamp(root.pk)).meets()
    assert job.ends() is None
    row = Notification.objects.get(member=tanaka, kind=Notification.Kind.STAMP)
    assert (row.count, row.actor) == (2, miura)


def test_a_reply_that_is_just_being_removed_becomes_no_answer(stage):
    tanaka, miura, _, root, reply = stage
    with transaction.atomic():
        remove_post(miura, reply)
        choice = Beside(lambda: questions.accept_answer(tanaka, reply)).meets()
    assert isinstance(choice.ends(), Refused)
    assert Question.objects.get(post=root).answer is None


def test_a_doubt_and_a_reply_take_the_channel_before_the_post(stage):
    tanaka, miura, channel, root, _ = stage
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(last_post_at=root.posted_at)  # as a reply begins
        doubt = Beside(lambda: doubts.doubt(miura, root, text="別の方法もあります。", cid=uuid4())).meets()
        # As it goes on; nowait, because the second try of a deed would hide that they lock each other out.
        Post.objects.select_for_update(no_key=True, nowait=True, of=("self",)).get(pk=root.pk)
    assert doubt.ends() == root


def test_what_is_just_being_said_is_kept_as_no_draft(stage):
    tanaka, _, channel, _, _ = stage
    cid, text = uuid4(), "窓口を一つにまとめました。"
    with transaction.atomic():
        factories.post(tanaka, channel, text, cid=cid)
        late = Beside(lambda: drafts.keep_draft(tanaka, channel, text=text, cid=cid)).meets()
    assert late.ends() is None
    assert not Draft.objects.exists()


def test_a_post_that_comes_while_one_reads_is_unread_once(stage):
    tanaka, miura, channel, _, _ = stage
    factories.post(miura, channel)
    came: list[Post] = []

    def while_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not came and sql.startswith("SELECT") and 'FROM "live_stream"' in sql:
            came.append(Beside(lambda: factories.post(miura, channel)).ends())
        return result

    with connection.execute_wrapper(while_reading):
        channels.mark_read(tanaka, channel)
    assert (came[0].channel, unread(tanaka, channel)) == (channel, 1)


def test_a_post_that_comes_while_one_sets_back_is_unread_once(stage):
    tanaka, miura, channel, _, _ = stage
    first = factories.post(miura, channel)
    channels.mark_read(tanaka, channel)
    came: list[Post] = []

    def while_reading(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if not came and sql.startswith("SELECT") and 'FROM "live_stream"' in sql:
            came.append(Beside(lambda: factories.post(miura, channel)).ends())
        return result

    with connection.execute_wrapper(while_reading):
        reading.unread_from(tanaka, first)
    assert (came[0].channel, unread(tanaka, channel)) == (channel, 2)


def test_ones_own_words_are_not_unread_when_one_reads_everything_meanwhile(stage):
    tanaka, miura, channel, _, _ = stage
    factories.post(miura, channel)
    with transaction.atomic():
        factories.post(tanaka, channel)
        everything = Beside(lambda: reading.read_all_channels(tanaka)).meets()
    assert everything.ends() == 1
    assert unread(tanaka, channel) == 0


def test_two_channels_that_are_merged_into_one_another_at_once_do_not_both_end(stage):
    _, _, one, *_ = stage
    oonishi, hasegawa = person("oonishi"), person("hasegawa", role="secretariat")
    other = factories.channel("furontoyado", oonishi, name="フロントヤード")
    with transaction.atomic():
        channel_changes.merge_channels(oonishi, one, other)
        contrary = Beside(lambda: channel_changes.merge_channels(hasegawa, other, one)).meets()
    assert isinstance(contrary.ends(), Refused)
    assert list(Channel.objects.living()) == [other]
