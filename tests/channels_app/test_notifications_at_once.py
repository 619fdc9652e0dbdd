"""The inbox under load: two at once come out as one after the other, and a request costs the same."""

import threading
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from channels_app.actions import channels, digests, inbox, notifications, reactions
from channels_app.models import LiveEvent, Mention, Notification
from tests import factories
from tests.jobs import run_jobs
from tests.people import person

MANY = 300
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH counter")


def at_once(*deeds: Callable) -> list:
    """Run deeds in threads that begin together; returns what they returned or raised."""
    gate, results = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number: int, deed: Callable) -> None:
        gate.wait()
        try:
            results[number] = deed()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def numbers(member) -> list[int]:
    """What the member's screens heard of the inbox, in order."""
    events = LiveEvent.objects.filter(stream__kind="u", stream__ref_id=member.pk).order_by("n")
    return [event.aux["unread"] for event in events if "unread" in (event.aux or {})]


def called(author, channel, *members):
    post = factories.post(author, channel)
    for member in members:
        Mention.objects.create(post=post, kind="member", member=member)
    return post


@pytest.mark.django_db(transaction=True)
def test_two_jobs_of_two_posts_tell_the_numbers_in_order():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for _ in range(5):
        first, second = called(miura, channel, tanaka), called(miura, channel, tanaka)
        results = at_once(
            lambda post=first: notifications.tell_of_post(post.pk),
            lambda post=second: notifications.tell_of_post(post.pk),
        )
        assert results == [None, None]
    assert numbers(tanaka) == list(range(1, 11))


@pytest.mark.django_db(transaction=True)
def test_the_same_job_twice_at_once_writes_one_row():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    post = called(miura, channel, tanaka)
    reactions.react(tanaka, post, stamp="onaji")
    assert at_once(*[lambda: notifications.tell_of_post(post.pk)] * 3) == [None] * 3
    assert at_once(*[lambda: notifications.tell_of_stamp(post.pk)] * 3) == [None] * 3
    assert sorted(Notification.objects.values_list("kind", flat=True)) == ["mention", "stamp"]
    assert set(numbers(tanaka)) == {1}


@pytest.mark.django_db(transaction=True)
def test_reading_and_being_called_at_once_end_with_the_true_number():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for _ in range(5):
        post = called(miura, channel, tanaka)
        results = at_once(
            lambda post=post: notifications.tell_of_post(post.pk),
            lambda post=post: inbox.read_thread(tanaka, post.pk),
            lambda: channels.mark_read(tanaka, channel),
        )
        assert [result for result in results if isinstance(result, Exception)] == []
        waiting = Notification.objects.visible_to(tanaka).unread().count()
        assert (numbers(tanaka) or [0])[-1] == waiting


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_mail_one_digest(mailoutbox):
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    notifications.tell_of_post(called(miura, channel, tanaka).pk)
    monday = date(2024, 11, 18)
    sent = at_once(*[lambda: digests.send_digest(tanaka.pk, monday)] * 3)
    assert (sorted(sent), len(mailoutbox)) == ([False, False, True], 1)


@pytest.mark.django_db
def test_a_post_writes_as_many_rows_among_three_hundred_as_among_two():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)

    def written() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            factories.post(miura, channel)
        statements = [query["sql"].strip() for query in queries]
        return [" ".join(sql.split()[:3]) for sql in statements if sql.startswith(WRITES)]

    few = written()
    everybody = [person("ito", email=f"ito{number}@example.lg.jp") for number in range(MANY)]
    channels.admit_many(everybody, channel)
    channel.memberships.update(level="all")
    assert written() == few
    run_jobs()
    post = factories.post(miura, channel)
    with CaptureQueriesContext(connection) as queries:
        notifications.tell_of_post(post.pk)
    assert Notification.objects.filter(post=post).count() == MANY + 1
    inserts = [query["sql"] for query in queries if 'INTO "channels_app_notification"' in query["sql"]]
    assert len(inserts) == 4  # batches of a hundred
    assert numbers(everybody[-1]) == [1, 2]
