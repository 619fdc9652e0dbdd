"""Pages ask the database the same number of questions at 50 and 50,000 posts, for 10 and 14,700 members."""

import json
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Member
from channels_app import fragments, search
from channels_app.demo import scale
from channels_app.models import Bookmark, Channel, Membership, Notification, Post
from tests import factories
from tests.channels_app.views.habits import signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
CALL = "@田中 里奈（高知県 中土佐町） さん、見てください。"


# The real platform's sizes but for these: fewer channels a member, so that it is filled in seconds.
SIZES = {"MUNICIPALITIES": 2, "AGENCIES": 2, "JOINED": 4}


def small_site() -> Member:
    """Ten members, 50 posts and one of everything that a page may show; returns the reader."""
    tanaka, miura = person("tanaka"), person("miura")
    for key in ("yamamoto", "ito", "hasegawa", "oonishi"):
        person(key)
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for number in range(44):
        post = factories.post(miura, channel, f"窓口の話 {number}")
        factories.react(tanaka, post)
        factories.post(tanaka, channel, root=post) if number % 9 == 0 else None
    asked = factories.post(miura, channel, CALL, title="予約システム")
    Notification.objects.create(member=tanaka, kind="mention", post=asked, actor=miura)
    Bookmark.objects.create(member=tanaka, post=asked)
    return tanaka


def enlarge(monkeypatch) -> None:
    """The same site, grown to the size of the real one."""
    for name, size in SIZES.items():
        monkeypatch.setattr(scale, name, size)
    chance = Random(1788)
    authors = scale.add_members(chance)
    channels = scale.add_channels()
    scale.add_posts(chance, authors, channels, 50_000)
    scale.add_memberships(chance, authors, channels)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum leaves a site that grew in years


PATHS = [
    *("/channels/madoguchi-dx/", "/home/", "/inbox/", "/channels/", "/members/", "/bookmarks/"),
    *("/channels/madoguchi-dx/questions/", "/search/?q=窓口", "/drafts/", "/channels/madoguchi-dx/members/"),
]


def asked(client, path: str) -> int:
    """Queries of a page that nobody has opened before."""
    fragments.cache.clear()
    client.get(path)
    fragments.cache.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(queries)


def read_by_search(member: Member) -> int:
    """How many posts the database reads for one look, by its own account."""
    with CaptureQueriesContext(connection) as queries:
        search.posts(member, ["窓口"])
    return sum(_read(_plan_of(query["sql"])) for query in queries)


def _plan_of(sql: str) -> dict:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}")
        (told,) = cursor.fetchone()
    return (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]


def _read(node: dict) -> int:
    """Rows of posts that a node of a plan and those below it look at."""
    rows = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    of_posts = node.get("Relation Name") == Post._meta.db_table
    return (round(rows * node["Actual Loops"]) if of_posts else 0) + sum(map(_read, node.get("Plans", ())))


def test_pages_ask_as_much_of_a_large_site_as_of_a_small_one(monkeypatch):
    organisation("020001")
    reader = small_site()
    client = signed_in(reader)
    before = {path: asked(client, path) for path in PATHS}
    enlarge(monkeypatch)
    assert Member.objects.count() > 14_700
    assert Post.objects.count() > 50_000
    assert Channel.objects.count() == scale.CHANNELS
    assert Membership.objects.filter(channel__slug="madoguchi-dx").count() > 100
    assert {path: asked(client, path) for path in PATHS} == before
    # The ids of one look, their words, and the hits of a page.
    assert read_by_search(reader) <= 2 * search.PROBED + 10 * search.SHOWN
