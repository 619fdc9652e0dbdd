"""The practice channels clear themselves; counts follow people who move."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts import signals
from accounts.models import Affiliation, Member
from channels_app.actions import channels, practice, scheduled_posts
from channels_app.models import Channel, LiveEvent, LiveStream, Membership, Post, ScheduledPost
from channels_app.views import shell
from tests import factories
from tests.channels_app.views.habits import signed_in
from tests.jobs import run_jobs
from tests.people import organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage():
    """(tanaka, miura, practice channel, another channel), each with an old thread and a new post."""
    tanaka, miura = person("tanaka"), person("miura")
    made = [
        factories.channel("renshuu", tanaka, miura, name="練習", kind="practice"),
        factories.channel("zatsudan", tanaka, miura, name="雑談", kind="casual"),
    ]
    for channel in made:
        old = factories.post(miura, channel, "前の投稿")
        factories.post(tanaka, channel, "あとからの返信", root=old)
        Post.objects.filter(pk=old.pk).update(posted_at=timezone.now() - timedelta(hours=25))
        factories.post(miura, channel, "新しい投稿")
    return tanaka, miura, *made


def texts(channel: Channel) -> list[str]:
    return list(Post.objects.filter(channel=channel).order_by("id").values_list("text", flat=True))


def test_what_is_older_than_a_day_is_gone_with_its_replies(stage):
    _, _, renshuu, zatsudan = stage
    assert practice.clear_practice() == 2
    assert texts(renshuu) == ["新しい投稿"]
    assert texts(zatsudan) == ["前の投稿", "あとからの返信", "新しい投稿"]
    assert practice.clear_practice() == 0


def test_what_was_scheduled_and_said_goes_with_its_post(stage):
    tanaka, _, renshuu, _ = stage
    soon = timezone.now() + timedelta(hours=1)
    row = scheduled_posts.schedule_post(tanaka, renshuu, text="あとで", cid=uuid4(), publish_at=soon)
    said = scheduled_posts.send_scheduled_post(tanaka, row).post
    Post.objects.filter(pk=said.pk).update(posted_at=timezone.now() - timedelta(hours=25))
    practice.clear_practice()
    assert texts(renshuu) == ["新しい投稿"]
    assert list(ScheduledPost.objects.visible_to(tanaka).pending()) == []


def test_at_24_hours_and_not_before(stage):
    renshuu = stage[2]
    oldest = Post.objects.filter(channel=renshuu).order_by("posted_at").first()
    assert practice.clear_practice(oldest.posted_at + timedelta(hours=24)) == 0
    assert practice.clear_practice(oldest.posted_at + timedelta(hours=24, seconds=1)) == 2


def test_open_pages_start_over_and_what_is_gone_is_not_unread(stage):
    tanaka, _, renshuu, zatsudan = stage
    before = LiveStream.objects.get(kind="c", ref_id=renshuu.pk)
    practice.clear_practice()
    after = LiveStream.objects.get(kind="c", ref_id=renshuu.pk)
    assert (after.posts, after.head, after.floor) == (before.posts, before.head + 2, before.head + 1)
    told = LiveEvent.objects.filter(kind=LiveEvent.Kind.CHANNEL_RELOADED)
    assert [event.stream_id for event in told] == [after.pk]
    unread = {channel.name: channel.unread for channel in shell.sidebar_of(tanaka).channels}
    assert unread == {"練習": 1, "雑談": 2}


def test_the_page_says_so(stage):
    tanaka, _, _, _ = stage
    assert "24時間たつと自動で消えます" in signed_in(tanaka).get("/channels/renshuu/").content.decode()
    assert "24時間" not in signed_in(tanaka).get("/channels/zatsudan/").content.decode()


def test_a_move_to_another_organisation_is_counted(stage):
    tanaka, _, renshuu, _ = stage
    assert Channel.objects.get(pk=renshuu.pk).organisation_count == 2
    Affiliation.objects.filter(member=tanaka).update(organisation=organisation("032018"))
    signals.member_changed.send(sender=Member, member=tanaka, what="organisation")
    assert "recount_channels_of" in run_jobs()
    assert Channel.objects.get(pk=renshuu.pk).organisation_count == 1


def test_the_nightly_count_sets_every_channel_right(stage):
    Channel.objects.update(member_count=99, organisation_count=99)
    channels.recount_all()
    assert set(Channel.objects.values_list("member_count", "organisation_count")) == {(2, 2)}


def test_many_enter_at_once_with_stays_of_their_own(stage):
    tanaka, _, _, zatsudan = stage
    many = [person("yamamoto", email=f"y{number}@example.lg.jp") for number in range(3)]
    stays = channels.admit_many([tanaka, *many], zatsudan)
    assert [stay.member for stay in stays] == many
    assert len({stay.joined_n for stay in stays}) == 3
    stream = LiveStream.objects.get(kind="c", ref_id=zatsudan.pk)
    assert {(stay.read_posts, stay.joined_n == stay.last_read_n) for stay in stays} == {(stream.posts, True)}
    assert Channel.objects.get(pk=zatsudan.pk).member_count == 5
    assert channels.admit_many(many, zatsudan) == []
    assert Membership.objects.filter(channel=zatsudan).count() == 5
