"""The event log itself: blocks for bulk writers, pruning, the name of the history."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from channels_app.actions.imports import OldPost, import_posts
from channels_app.live import log
from channels_app.models import LiveEvent, LiveStream, Membership
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db


def test_an_import_takes_a_block_and_says_one_thing():
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    old = [OldPost(tanaka, f"{n}件目", timezone.now() - timedelta(days=9 - n)) for n in range(3)]
    roots = import_posts(channel, old)
    import_posts(channel, [OldPost(tanaka, "返信", timezone.now(), root=roots[0])])
    stream = LiveStream.objects.get(kind="c", ref_id=channel.pk)
    assert [post.n for post in roots] == [3, 4, 5]
    assert (stream.head, stream.floor, stream.posts) == (8, 7, 3)
    told = LiveEvent.objects.filter(stream=stream, n__gt=2).values_list("n", "kind")
    assert list(told) == [(6, LiveEvent.Kind.CHANNEL_RELOADED), (8, LiveEvent.Kind.CHANNEL_RELOADED)]
    assert Membership.objects.get(channel=channel).read_posts == 3
    roots[0].refresh_from_db()
    assert (roots[0].reply_count, roots[0].v) == (1, 2)


def test_prune_raises_the_floor_to_what_is_gone():
    channel = factories.channel("madoguchi-dx", person("tanaka"), person("miura"))
    stream = LiveStream.objects.get(kind="c", ref_id=channel.pk)
    events = LiveEvent.objects.filter(stream=stream)
    events.filter(n__lte=2).update(at=timezone.now() - timedelta(days=31))
    assert log.prune() == 2
    stream.refresh_from_db()
    assert (stream.floor, stream.head, [event.n for event in events]) == (2, 3, [3])
    assert log.prune() == 0


def test_emit_on_a_stream_that_was_never_opened_is_an_error():
    draft = log.Draft(("c", 987_654), LiveEvent.Kind.POST_EDITED, 1)
    with pytest.raises(LiveStream.DoesNotExist):
        log.emit([draft])


@pytest.mark.django_db(transaction=True)
def test_emit_outside_a_transaction_is_refused():
    with pytest.raises(ValueError, match="inside the transaction"):
        log.emit([log.Draft(("s", 0), LiveEvent.Kind.MEMBER_CHANGED, 1)])


def test_the_history_keeps_its_name_until_it_is_renewed():
    first = log.epoch()
    assert log.epoch() == first
    renewed = log.renew_epoch()
    assert (renewed != first, log.epoch()) == (True, renewed)


def test_a_cid_is_the_authors_own():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    cid = uuid4()
    posts = [factories.post(member, channel, cid=cid) for member in (tanaka, miura)]
    assert posts[0].pk != posts[1].pk
