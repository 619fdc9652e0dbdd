"""The rows of the inbox: stamps in one line, answers, doubts, and what is read of them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from channels_app.actions import channels, doubts, inbox, notifications, questions, reactions, reading
from channels_app.actions.posts import publish_post
from channels_app.actions.refusals import Refused
from channels_app.models import LiveEvent, LiveStream, Membership, Mention, Notification
from channels_app.views import shell
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """Three members and a channel that all of them are in."""
    people = [person(key) for key in ("tanaka", "miura", "yamamoto")]
    return *people, factories.channel("madoguchi-dx", *people)


def called(member, author, channel, root=None):
    """A post that mentions a member, its job done."""
    post = factories.post(author, channel, root=root)
    Mention.objects.create(post=post, kind="member", member=member)
    run_jobs()
    return post


def own_events(member) -> list[tuple[int, dict]]:
    """(kind, aux) of what was said about the inbox on the member's own stream."""
    events = LiveEvent.objects.filter(stream__kind="u", stream__ref_id=member.pk).order_by("n")
    return [(event.kind, event.aux) for event in events if "unread" in (event.aux or {})]


def the_row(kind="stamp"):
    return Notification.objects.get(kind=kind)


def test_stamps_share_one_row_that_counts_people_and_names_the_last(cast):
    tanaka, miura, yamamoto, channel = cast
    post = factories.post(tanaka, channel)
    reactions.react(tanaka, post, stamp="onaji")
    for member, stamp in ((miura, "onaji"), (miura, "arigato"), (yamamoto, "tasukatta")):
        reactions.react(member, post, stamp=stamp)
        run_jobs()
    row = the_row()
    assert (row.member_id, row.actor_id, row.stamp, row.count, row.others) == (
        tanaka.pk,
        yamamoto.pk,
        "tasukatta",
        2,
        1,
    )
    assert shell.sidebar_of(tanaka).inbox == 1


def test_a_stamp_makes_the_row_unread_again_and_taking_it_off_does_not(cast):
    tanaka, miura, yamamoto, channel = cast
    post = factories.post(tanaka, channel)
    reactions.react(miura, post, stamp="onaji")
    run_jobs()
    inbox.mark(tanaka, the_row(), read=True)
    reactions.react(yamamoto, post, stamp="onaji")
    run_jobs()
    assert (the_row().is_unread, the_row().count) == (True, 2)
    inbox.mark(tanaka, the_row(), read=True)
    reactions.react(yamamoto, post, stamp="onaji", on=False)
    run_jobs()
    assert (the_row().is_unread, the_row().count, the_row().actor_id) == (False, 1, miura.pk)


def test_the_row_goes_with_the_last_stamp(cast):
    tanaka, miura, _, channel = cast
    post = factories.post(tanaka, channel)
    reactions.react(miura, post, stamp="onaji")
    run_jobs()
    reactions.react(miura, post, stamp="onaji", on=False)
    run_jobs()
    assert Notification.objects.count() == 0
    assert own_events(tanaka) == [
        (LiveEvent.Kind.NOTIFIED, {"unread": 1}),
        (LiveEvent.Kind.READ, {"unread": 0}),
    ]


def test_an_accepted_answer_is_told_to_its_author_and_taken_back(cast):
    tanaka, miura, _, channel = cast
    root = publish_post(tanaka, channel, text="どうしていますか", cid=_cid(), title="窓口の待ち時間").post
    reply = factories.post(miura, channel, root=root)
    run_jobs()
    questions.accept_answer(tanaka, reply)
    run_jobs()
    assert (the_row("answer").member_id, the_row("answer").actor_id) == (miura.pk, tanaka.pk)
    questions.withdraw_answer(tanaka, reply)
    run_jobs()
    assert Notification.objects.filter(kind="answer").count() == 0


def test_ones_own_answer_is_not_told(cast):
    tanaka, _, _, channel = cast
    root = publish_post(tanaka, channel, text="どうしていますか", cid=_cid(), title="窓口の待ち時間").post
    reply = factories.post(tanaka, channel, root=root)
    questions.accept_answer(tanaka, reply)
    run_jobs()
    assert Notification.objects.count() == 0


def test_a_private_doubt_reaches_its_author_alone(cast):
    tanaka, miura, yamamoto, channel = cast
    post = factories.post(tanaka, channel)
    doubts.doubt_privately(miura, post, note="条例では逆です。")
    run_jobs()
    row = the_row("doubt")
    assert (row.member_id, row.actor_id, row.note) == (tanaka.pk, miura.pk, "条例では逆です。")
    assert Notification.objects.exclude(member=tanaka).count() == 0
    notifications.tell_of_doubt(post.reactions.get().pk)
    assert Notification.objects.count() == 1
    doubts.doubt_privately(miura, post, note="規則の話でした。")
    run_jobs()
    assert list(Notification.objects.values_list("note", flat=True)) == ["規則の話でした。"]


def test_reading_a_channel_reads_what_was_seen_there_and_nothing_else(cast):
    tanaka, miura, _, channel = cast
    own = factories.post(tanaka, channel)
    seen = called(tanaka, miura, channel)
    in_thread = called(tanaka, miura, channel, root=own)
    reactions.react(miura, own, stamp="onaji")
    run_jobs()
    channels.mark_read(tanaka, channel)
    waiting = Notification.objects.visible_to(tanaka).unread().values_list("kind", "post")
    assert set(waiting) == {("mention", in_thread.pk), ("stamp", own.pk)}
    assert seen.pk not in dict(waiting).values()
    assert own_events(tanaka)[-1] == (LiveEvent.Kind.READ, {"unread": 2})


def test_a_post_that_was_read_before_its_job_came_waits_no_more(cast):
    tanaka, miura, _, channel = cast
    post = factories.post(miura, channel)
    Mention.objects.create(post=post, kind="member", member=tanaka)
    channels.mark_read(tanaka, channel)
    run_jobs()
    assert (the_row("mention").is_unread, own_events(tanaka)) == (False, [])


def test_opening_a_post_or_a_thread_reads_its_rows(cast):
    tanaka, miura, _, channel = cast
    root = called(tanaka, miura, channel)
    reply = called(tanaka, miura, channel, root=root)
    inbox.read_post(tanaka, root)
    assert Notification.objects.unread().get().post_id == reply.pk
    assert inbox.read_post(tanaka, reply) == 1
    assert (inbox.read_thread(tanaka, root.pk), Notification.objects.unread().count()) == (0, 0)


def test_marking_all_leaves_what_came_in_since(cast):
    tanaka, miura, yamamoto, channel = cast
    called(tanaka, miura, channel)
    called(yamamoto, miura, channel)
    shown = timezone.now()
    later = called(tanaka, miura, channel)
    assert inbox.mark_all(tanaka, upto=shown) == 1
    assert Notification.objects.visible_to(tanaka).unread().get().post_id == later.pk
    assert Notification.objects.visible_to(yamamoto).unread().count() == 1


def test_what_was_read_long_ago_is_forgotten_and_what_waits_is_not(cast):
    tanaka, miura, _, channel = cast
    old_read, old_waiting, new_read = (called(tanaka, miura, channel) for _ in range(3))
    Notification.objects.filter(post__in=[old_read, new_read]).update(read_at=timezone.now())
    Notification.objects.exclude(post=new_read).update(happened_at=timezone.now() - timedelta(days=181))
    assert inbox.forget_old() == 1
    assert set(Notification.objects.values_list("post", flat=True)) == {old_waiting.pk, new_read.pk}


def test_marking_the_same_again_says_nothing(cast):
    tanaka, miura, _, channel = cast
    called(tanaka, miura, channel)
    for _ in range(2):
        inbox.mark(tanaka, the_row("mention"), read=True)
    for _ in range(2):
        inbox.mark(tanaka, the_row("mention"), read=False)
    assert [aux["unread"] for _, aux in own_events(tanaka)] == [1, 0, 1]


def _cid():
    return factories.uuid4()


def stay(member, channel) -> Membership:
    return Membership.objects.get(member=member, channel=channel)


def unread(member, channel) -> int:
    return LiveStream.objects.get(kind="c", ref_id=channel.pk).posts - stay(member, channel).read_posts


def test_unread_from_a_post_sets_the_position_back_exactly(cast):
    tanaka, miura, _, channel = cast
    first, second, third = (factories.post(miura, channel) for _ in range(3))
    factories.post(tanaka, channel)
    factories.post(miura, channel, root=second)
    channels.mark_read(tanaka, channel)
    reading.unread_from(tanaka, second)
    position = stay(tanaka, channel)
    assert (position.last_read_n, unread(tanaka, channel)) == (second.n - 1, 2)
    assert own_events(tanaka)[-1][1] == {
        "s": channel.stream,
        "n": second.n - 1,
        "read_posts": position.read_posts,
        "back": True,
        "unread": 0,
    }
    reading.unread_from(tanaka, third)  # unread from there already
    assert stay(tanaka, channel).last_read_n == second.n - 1
    channels.mark_read(tanaka, channel)
    assert (unread(tanaka, channel), first.n < second.n < third.n) == (0, True)


def test_unread_from_is_refused_in_threads_and_outside(cast):
    tanaka, miura, _, channel = cast
    root = factories.post(miura, channel)
    reply = factories.post(miura, channel, root=root)
    with pytest.raises(Refused):
        reading.unread_from(tanaka, reply)
    with pytest.raises(Refused):
        reading.unread_from(person("ito"), root)


def test_all_channels_are_read_by_one_event(cast):
    tanaka, miura, _, channel = cast
    other = factories.channel("zatsudan", tanaka, miura, name="雑談")
    elsewhere = factories.channel("yoso", miura, name="よそ")
    called(tanaka, miura, channel)
    factories.post(miura, other)
    factories.post(miura, elsewhere)
    LiveEvent.objects.all().delete()
    assert reading.read_all_channels(tanaka) == 2
    assert (unread(tanaka, channel), unread(tanaka, other)) == (0, 0)
    told = {channel.stream: stay(tanaka, channel).read_posts, other.stream: stay(tanaka, other).read_posts}
    assert own_events(tanaka) == [(LiveEvent.Kind.READ, {"read": told, "unread": 0})]
    assert reading.read_all_channels(tanaka) == 0


def test_the_number_of_the_frame_is_that_of_the_inbox(cast):
    tanaka, miura, _, channel = cast
    closed = factories.channel("shikoku", tanaka, miura, name="四国", kind="private")
    called(tanaka, miura, channel)
    called(tanaka, miura, closed)
    assert shell.sidebar_of(tanaka).inbox == 2
    channels.leave_channel(tanaka, closed)
    assert shell.sidebar_of(tanaka).inbox == 1
    Notification.objects.update(happened_at=timezone.now() - timedelta(days=1))
    stranger = person("ito")
    Notification.objects.create(
        member=stranger, kind="mention", post=called(tanaka, miura, closed), actor=miura
    )
    assert (shell.sidebar_of(tanaka).inbox, shell.sidebar_of(stranger).inbox) == (1, 0)
    assert shell.sidebar_of(stranger).channels == ()
