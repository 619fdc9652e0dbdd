"""The name of the history and PostgreSQL's timeline; a real failover is in test_failover.py."""

import pytest

from channels_app import fragments
from channels_app.live import history, log
from channels_app.models import LiveEvent, LiveMeta, LiveStream
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db


def present() -> str:
    history.verify_timeline()
    return LiveMeta.objects.get().timeline


def test_the_first_look_only_learns_the_timeline():
    epoch = log.epoch()
    assert history.verify_timeline() == epoch
    assert len(LiveMeta.objects.get().timeline) == 8
    assert history.verify_timeline() == epoch


def test_another_timeline_renews_the_epoch_once():
    timeline, epoch = present(), log.epoch()
    LiveMeta.objects.update(timeline="FFFFFFFF")
    renewed = history.verify_timeline()
    assert renewed != epoch
    assert (history.verify_timeline(), LiveMeta.objects.get().timeline) == (renewed, timeline)


def test_every_look_of_the_sweep_sees_another_timeline(transactional_db):
    timeline, epoch = present(), log.epoch()
    xmin = history.survey().xmin
    assert history.newer_than(xmin)[1] == epoch
    LiveMeta.objects.update(timeline="FFFFFFFF")
    renewed = history.newer_than(xmin)[1]
    assert renewed != epoch
    assert (history.newer_than(xmin)[1], LiveMeta.objects.get().timeline) == (renewed, timeline)


def test_a_new_history_begins_empty_at_the_present_numbers(transactional_db):
    tanaka, epoch = person("tanaka"), log.epoch()
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    LiveMeta.objects.update(timeline="FFFFFFFF")
    assert LiveEvent.objects.count() > 0
    begun = log.begin_history()
    stream = LiveStream.objects.get(kind="c")
    assert (LiveEvent.objects.count(), stream.head, stream.floor) == (0, post.n, post.n)
    assert begun != epoch
    assert history.verify_timeline() == begun


def test_fragments_of_another_history_are_forgotten():
    tanaka = person("tanaka")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    log.epoch()
    drawn = fragments.post(post.pk)
    type(post).objects.filter(pk=post.pk).update(html="<p>別の歴史の投稿です。</p>")
    assert fragments.post(post.pk) == drawn
    log.renew_epoch()
    assert "別の歴史の投稿です。" in fragments.post(post.pk).html
