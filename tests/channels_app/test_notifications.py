"""Who hears of what in the inbox, once and with the right number."""

import pytest
from django.utils import timezone

from accounts.models import Affiliation, Ambassador
from channels_app.actions import channels, followings, notifications, reactions
from channels_app.actions.posts import edit_post, remove_post
from channels_app.models import Following, LiveEvent, Membership, Mention, Notification
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    """Four members and a channel that all of them are in."""
    people = [person(key) for key in ("tanaka", "miura", "yamamoto", "ito")]
    return *people, factories.channel("madoguchi-dx", *people)


def rows(member) -> list[tuple[str, int]]:
    """(kind, post) of what a member sees in the inbox, by post."""
    seen = Notification.objects.visible_to(member).order_by("post_id", "kind")
    return list(seen.values_list("kind", "post_id"))


def call(post, member) -> None:
    """A mention as the composer stores it."""
    Mention.objects.create(post=post, kind="member", member=member)


def said(author, channel, text="こんにちは", root=None, calls=()):
    """A published post whose job has not run yet."""
    post = factories.post(author, channel, text, root)
    for member in calls:
        call(post, member)
    return post


def told(member) -> list[int]:
    """The numbers that a member's own screens heard, in order."""
    events = LiveEvent.objects.filter(
        stream__kind="u", stream__ref_id=member.pk, kind=LiveEvent.Kind.NOTIFIED
    )
    return [event.aux["unread"] for event in events.order_by("n")]


def test_a_mention_reaches_the_called_and_nobody_else(cast):
    tanaka, miura, yamamoto, _, channel = cast
    post = said(miura, channel, calls=[tanaka, miura])
    run_jobs()
    assert [rows(member) for member in cast[:4]] == [[("mention", post.pk)], [], [], []]
    assert (told(tanaka), told(miura), told(yamamoto)) == ([1], [], [])


def test_followers_hear_of_replies_under_the_nearest_heading(cast):
    tanaka, miura, yamamoto, ito, channel = cast
    root = said(tanaka, channel)
    first = said(miura, channel, root=root)
    run_jobs()
    second = said(yamamoto, channel, root=root, calls=[miura])
    run_jobs()
    assert rows(tanaka) == [("reply", first.pk), ("reply", second.pk)]
    assert rows(miura) == [("mention", second.pk)]
    assert (rows(yamamoto), rows(ito)) == ([], [])


def test_who_ended_following_hears_of_no_reply_also_after_writing_again(cast):
    tanaka, miura, yamamoto, _, channel = cast
    root = said(tanaka, channel)
    said(miura, channel, root=root)
    run_jobs()
    for member in (tanaka, miura):
        followings.unfollow(member, root)
    said(miura, channel, root=root)
    run_jobs()
    last = said(yamamoto, channel, root=root, calls=[miura])
    run_jobs()
    assert len(rows(tanaka)) == 1  # the first reply, from before
    assert rows(miura) == [("mention", last.pk)]
    assert set(Following.objects.active().values_list("member", flat=True)) == {yamamoto.pk}


def test_the_author_of_an_old_thread_hears_of_replies_without_a_row(cast):
    tanaka, miura, _, _, channel = cast
    root = said(tanaka, channel)
    run_jobs()
    Following.objects.all().delete()
    reply = said(miura, channel, root=root)
    run_jobs()
    assert rows(tanaka) == [("reply", reply.pk)]


def test_a_level_of_all_brings_every_post_of_the_channel_but_no_reply(cast):
    tanaka, miura, _, _, channel = cast
    Membership.objects.filter(member=tanaka).update(level="all")
    root = said(miura, channel)
    said(miura, channel, root=root)
    run_jobs()
    assert rows(tanaka) == [("post", root.pk)]


@pytest.mark.parametrize("quiet", [{"level": "none"}, {"muted_at": timezone.now()}])
def test_a_quiet_channel_still_lets_ones_name_through(cast, quiet):
    tanaka, miura, _, _, channel = cast
    Membership.objects.filter(member=tanaka).update(**quiet)
    root = said(tanaka, channel)
    said(miura, channel, root=root)
    group = said(miura, channel)
    Mention.objects.create(post=group, kind="organisation", organisation=tanaka.affiliation.organisation)
    reactions.react(miura, root, stamp="onaji")
    call_post = said(miura, channel, calls=[tanaka])
    run_jobs()
    assert rows(tanaka) == [("mention", call_post.pk)]


def test_an_organisation_means_those_who_were_in_the_channel(cast):
    tanaka, miura, yamamoto, _, channel = cast
    away = person("tanaka", email="away@example.lg.jp")
    late = person("tanaka", email="late@example.lg.jp")
    moved = person("tanaka", email="moved@example.lg.jp")
    channels.admit(moved, channel)
    Affiliation.objects.filter(member=moved).update(valid_to="2026-03-31")
    post = said(miura, channel)
    Mention.objects.create(post=post, kind="organisation", organisation=tanaka.affiliation.organisation)
    channels.admit(late, channel)
    run_jobs()
    assert [rows(member) for member in (tanaka, away, late, moved, yamamoto)] == [
        [("mention", post.pk)],
        *[[]] * 4,
    ]


def test_ambassadors_are_those_of_the_channel(cast):
    tanaka, miura, yamamoto, _, channel = cast
    Ambassador.objects.create(member=yamamoto, prefecture_code="39", valid_from="2026-01-01")
    elsewhere = person("oonishi")
    Ambassador.objects.create(member=elsewhere, prefecture_code="13", valid_from="2026-01-01")
    post = said(miura, channel)
    Mention.objects.create(post=post, kind="ambassadors")
    run_jobs()
    assert [rows(member) for member in (yamamoto, elsewhere, tanaka)] == [[("mention", post.pk)], [], []]


def test_nobody_hears_of_what_they_may_not_read(cast):
    tanaka, miura, yamamoto, _, _ = cast
    closed = factories.channel("shikoku", miura, yamamoto, name="四国", kind="private")
    root = said(miura, closed, calls=[tanaka, yamamoto])
    run_jobs()
    assert Notification.objects.filter(member=tanaka).count() == 0
    channels.leave_channel(yamamoto, closed)
    after = said(miura, closed, root=root, calls=[yamamoto])
    channels.admit(yamamoto, closed)
    channels.admit(tanaka, closed)
    followings.follow(tanaka, root)
    run_jobs()
    # Who came back after the post was published has not been there.
    assert Notification.objects.filter(post=after).count() == 0


def test_rows_of_a_closed_channel_vanish_with_the_stay_and_come_back_with_the_next(cast):
    _, miura, yamamoto, _, _ = cast
    closed = factories.channel("shikoku", miura, yamamoto, name="四国", kind="private")
    post = said(miura, closed, calls=[yamamoto])
    run_jobs()
    stranger = person("oonishi")
    Notification.objects.create(member=stranger, kind="mention", post=post, actor=miura)

    def seen() -> list:
        numbers = notifications.unread_numbers([yamamoto.pk, stranger.pk])
        return [rows(yamamoto), rows(stranger), numbers[yamamoto.pk], numbers[stranger.pk]]

    inside = [[("mention", post.pk)], [], 1, 0]
    assert seen() == inside
    channels.leave_channel(yamamoto, closed)
    assert seen() == [[], [], 0, 0]
    channels.admit(yamamoto, closed)
    channels.admit(stranger, closed)
    assert seen() == inside


def test_suspended_and_departed_members_are_left_out(cast):
    tanaka, miura, yamamoto, _, channel = cast
    tanaka.suspended_at = yamamoto.departed_at = timezone.now()
    tanaka.save()
    yamamoto.save()
    said(miura, channel, calls=[tanaka, yamamoto])
    run_jobs()
    assert Notification.objects.count() == 0


def test_a_job_that_runs_twice_comes_out_the_same(cast):
    tanaka, miura, yamamoto, _, channel = cast
    root = said(tanaka, channel, calls=[yamamoto])
    reply = said(miura, channel, root=root)
    reactions.react(miura, root, stamp="onaji")
    run_jobs()
    before = list(Notification.objects.order_by("pk").values()), told(tanaka), told(yamamoto)
    for post in (root, reply):
        notifications.tell_of_post(post.pk)
        notifications.tell_of_edit(post.pk)
        notifications.tell_of_stamp(post.pk)
        notifications.tell_of_answer(post.pk)
    assert (list(Notification.objects.order_by("pk").values()), told(tanaka), told(yamamoto)) == before


def test_an_edit_tells_only_those_it_newly_mentions(cast):
    tanaka, miura, yamamoto, ito, channel = cast
    root = said(tanaka, channel)
    reply = said(miura, channel, root=root, calls=[yamamoto])
    run_jobs()
    followings.follow(ito, root)
    Notification.objects.update(read_at=timezone.now())
    edit_post(miura, reply, text="直しました")
    call(reply, ito)
    call(reply, yamamoto)
    run_jobs()
    waiting = Notification.objects.unread().values_list("member", "kind", "post")
    assert list(waiting) == [(ito.pk, "mention", reply.pk)]


def test_a_removed_post_is_out_of_sight_and_out_of_the_number(cast):
    tanaka, miura, _, _, channel = cast
    post = said(miura, channel, calls=[tanaka])
    run_jobs()
    remove_post(miura, post)
    run_jobs()
    last = LiveEvent.objects.filter(stream__kind="u", stream__ref_id=tanaka.pk).order_by("-n").first()
    assert (rows(tanaka), last.kind, last.aux) == ([], LiveEvent.Kind.READ, {"unread": 0})


def test_a_post_that_is_removed_before_its_job_tells_nobody(cast):
    tanaka, miura, _, _, channel = cast
    post = said(miura, channel, calls=[tanaka])
    remove_post(miura, post)
    run_jobs()
    assert Notification.objects.count() == 0
