from uuid import uuid4

import pytest

from channels_app.actions.channels import mark_read
from channels_app.actions.posts import Refused, edit_post, publish_post, remove_post
from channels_app.actions.reactions import react
from channels_app.models import Channel, LiveEvent, LiveStream, Post
from tests import factories
from tests.channels_app.views.habits import signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


def test_publish_post_numbers_it_and_counts_it_once():
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    cid = uuid4()
    first = publish_post(tanaka, channel, text="**待ち時間**を測りました", cid=cid)
    again = publish_post(tanaka, channel, text="別の文", cid=cid)
    stream = LiveStream.objects.get(kind="c", ref_id=channel.pk)
    assert (first.created, again.created, again.post.pk) == (True, False, first.post.pk)
    assert (stream.head, stream.posts, first.post.n) == (3, 1, 3)
    assert first.post.html == "<p><strong>待ち時間</strong>を測りました</p>"
    assert list(LiveEvent.objects.filter(stream=stream).values_list("n", "kind")) == [
        (1, 20),
        (2, 22),
        (3, 1),
    ]


def test_publish_post_is_refused_outside_the_channel():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka)
    with pytest.raises(Refused, match="先にこのチャンネルに参加"):
        publish_post(miura, channel, text="こんにちは", cid=uuid4())
    assert Post.objects.count() == 0


def test_reply_edit_react_remove():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    root = factories.post(tanaka, channel)
    reply = factories.post(miura, channel, "うちもです", root=root)
    react(miura, root, stamp="onaji")
    react(miura, root, stamp="onaji", on=True)
    edit_post(tanaka, root, text="直しました")
    root.refresh_from_db()
    assert (root.v, root.reply_count, root.revisions.count(), root.reactions.count()) == (4, 1, 1, 1)
    remove_post(miura, reply)
    root.refresh_from_db()
    assert (root.v, root.reply_count) == (5, 0)
    with pytest.raises(Refused):
        remove_post(miura, root)


def test_ones_own_post_is_never_unread():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    factories.post(tanaka, channel)
    stays = {stay.member_id: stay for stay in channel.memberships.all()}
    assert (stays[tanaka.pk].read_posts, stays[miura.pk].read_posts) == (1, 0)
    told = LiveEvent.objects.get(stream__kind="u", stream__ref_id=tanaka.pk, kind=LiveEvent.Kind.READ)
    assert told.aux["read_posts"] == 1
    factories.post(miura, channel)
    mark_read(tanaka, channel)
    stays[tanaka.pk].refresh_from_db()
    assert stays[tanaka.pk].read_posts == 2


def test_in_an_archived_channel_no_wording_changes_but_a_post_may_be_taken_back():
    tanaka = person("tanaka")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    Channel.objects.update(archived_at=post.posted_at)
    with pytest.raises(Refused, match="保管済み"):
        edit_post(tanaka, post, text="直しました")
    page = signed_in(tanaka).get(f"/posts/{post.pk}/menu/")
    assert (page.context["may_edit"], page.context["may_remove"]) == (False, True)
    assert signed_in(tanaka).get(f"/posts/{post.pk}/edit/").status_code == 403
    assert remove_post(tanaka, post).removed_at
