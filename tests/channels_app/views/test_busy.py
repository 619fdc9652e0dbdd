"""A stuck channel: the deed waits, gives up, and says when to try again."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from channels_app.forms.deeds import BUSY
from channels_app.models import Post
from tests import factories
from tests.channels_app.views.habits import JSON, signed_in, words
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def stuck_counters():
    """Another connection holds every counter row."""
    parameters = connection.get_connection_params()
    wanted = {
        key: parameters[key] for key in ("host", "port", "user", "password", "dbname") if parameters.get(key)
    }
    with psycopg.connect(**wanted) as other:
        other.execute("SELECT 1 FROM live_stream FOR UPDATE")
        yield
        other.rollback()


def test_a_stuck_channel_is_503_with_the_text_kept():
    tanaka = person("tanaka")
    factories.channel("madoguchi-dx", tanaka)
    client, sent = signed_in(tanaka), words("急ぎの連絡です")
    with stuck_counters():
        told = client.post("/channels/madoguchi-dx/posts/", sent, **JSON)
    assert (told.status_code, told["Retry-After"], told.json()) == (
        503,
        "2",
        {"error": BUSY, "field": "text"},
    )
    assert Post.objects.count() == 0
    assert client.post("/channels/madoguchi-dx/posts/", sent, **JSON).status_code == 201


def test_a_stuck_channel_is_503_for_a_stamp():
    tanaka = person("tanaka")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka))
    with stuck_counters():
        told = signed_in(tanaka).post(f"/posts/{post.pk}/reactions/onaji/")
    assert (told.status_code, told["Retry-After"]) == (503, "2")
