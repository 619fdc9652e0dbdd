"""Windows of fragments against their slow, obvious twin; and what a page may cost."""

import gzip
import re
import statistics

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from channels_app import fragments, windows
from channels_app.actions.channels import mark_read
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.reactions import react
from channels_app.live import log
from channels_app.models import Channel, LiveStream, Membership, Post
from tests import factories
from tests.channels_app.views.habits import PART, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db

# The middle of the demo community's posts: 56 characters and one or two stamps.
TYPICAL = """受付を書かない形に変えて3か月です。待ち時間は平均**42分から19分**になりました。

台本は持ち帰って自由に直してください。"""


def twin(channel: Channel, reader=None, last_read_n: int | None = None) -> str:
    """The newest window the slow way: every post through the templates, one after the other."""
    standing = Post.objects.filter(channel=channel, in_channel=True)
    rows = sorted(standing, key=lambda post: (post.posted_at, post.pk))
    lines, day, line_drawn = [], None, last_read_n is None
    for post in rows[-50:]:
        if not line_drawn and post.n > last_read_n and post.author != reader:
            lines.append(render_to_string("posts/_unread.html").strip())
            line_drawn = True
        if timezone.localdate(post.posted_at) != day:
            day = timezone.localdate(post.posted_at)
            lines.append(render_to_string("posts/_day.html", {"day": day}).strip())
        fragments.cache.clear()
        lines.append(fragments.post(post.pk).html)
    return "\n".join(lines)


def a_busy_channel(members, posts: int) -> Channel:
    """Posts of every sort over several days."""
    channel = factories.channel("madoguchi-dx", *members)
    for i in range(posts):
        post = factories.post(members[i % len(members)], channel, f"{i}件目の投稿")
        Post.objects.filter(pk=post.pk).update(
            posted_at=timezone.now() - timezone.timedelta(hours=9 * (posts - i))
        )
        if i % 5 == 0:
            react(members[0], post, stamp="onaji")
            factories.post(members[-1], channel, "返信", root=post)
            factories.post(members[-1], channel, "皆さんにも", root=post, in_channel=True)
    return channel


def twin_in_era(window: str) -> str:
    """The lines of days in western years as those of the era, by other means than the window's."""
    return re.sub(r">(\d{4})年", lambda found: f">令和{int(found[1]) - 2018}年", window)


def test_a_window_in_the_years_of_the_era_differs_in_nothing_else():
    tanaka, miura = person("tanaka"), person("miura")
    channel = a_busy_channel([tanaka, miura], 6)
    window = windows.newest(channel, head_of(channel), miura)
    assert window.html_for(miura.pk, None, "wareki") == twin_in_era(window.html)
    assert window.html_for(miura.pk, None, "wareki") != window.html
    read = window.entries[2].n
    marked = window.html_for(miura.pk, read, "wareki")
    assert marked == twin_in_era(window.html_for(miura.pk, read, "seireki"))
    assert marked.count("ここから新着") == 1


def head_of(channel: Channel) -> int:
    return LiveStream.objects.get(kind="c", ref_id=channel.pk).head


def test_window_equals_its_twin_after_every_deed():
    tanaka, miura = person("tanaka"), person("miura")
    channel = a_busy_channel([tanaka, miura], 6)
    post = Post.objects.filter(author=tanaka, root=None).latest("posted_at")

    def window() -> str:
        return windows.newest(channel, head_of(channel), miura).html

    seen = [window()]
    for deed in (
        lambda: edit_post(tanaka, post, text="直しました"),
        lambda: react(miura, post, stamp="arigato"),
        lambda: factories.post(miura, channel, "返信", root=post, in_channel=True),
        lambda: remove_post(tanaka, post),
        lambda: factories.post(miura, channel, "次の投稿"),
    ):
        deed()
        seen.append(window())
        assert seen[-1] == twin(channel)
    assert len(set(seen)) == 6


def test_window_with_the_line_equals_its_twin():
    tanaka, miura = person("tanaka"), person("miura")
    channel = a_busy_channel([tanaka, miura], 6)
    for post in Post.objects.in_channel().order_by("n"):
        mark_read(miura, channel, upto=post.n)
        at = Membership.objects.get(member=miura).last_read_n
        assert windows.newest(channel, head_of(channel), miura).html_for(miura.pk, at) == twin(
            channel, miura, at
        )


def test_window_is_kept_until_the_head_moves():
    tanaka = person("tanaka")
    channel = a_busy_channel([tanaka], 2)
    windows.newest(channel, head_of(channel), tanaka)
    with CaptureQueriesContext(connection) as asked:
        windows.newest(channel, 3, tanaka)
        windows.newest(channel, 3, tanaka)
    assert len(asked) <= 2


def queries_of(client, address: str) -> list[str]:
    """What an already visited page asks the database."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in asked.captured_queries]


PAGES = ["/channels/madoguchi-dx/", "/home/", "/channels/"]


@pytest.mark.parametrize("address", ["", "?before={}", "?after={}", "?around={}"])
@pytest.mark.parametrize("headers", [{}, PART], ids=["page", "part"])
def test_a_channel_asks_the_same_at_50_and_300_posts(address, headers):
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    client, counts = signed_in(tanaka), []
    for more in (55, 245):
        posts = [factories.post(miura, channel, title="質問" * (i % 2)) for i in range(more)]
        page = "/channels/madoguchi-dx/" + address.format(posts[more // 2].pk)
        client.get(page, **headers)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page, **headers).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("address", "most"), list(zip(PAGES, (5, 13, 5), strict=True)))
def test_pages_ask_the_same_for_1_and_50_posts_and_1_and_30_channels(address, most):
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    client = signed_in(tanaka)
    factories.post(miura, channel)
    few = queries_of(client, address)
    for i in range(49):
        factories.post(miura, channel, f"投稿{i}")
    for i in range(29):
        factories.post(miura, factories.channel(f"channel-{i}", tanaka, miura, name=f"チャンネル{i}"))
    many = queries_of(client, address)
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= most, "\n".join(many)


def test_a_first_visit_asks_the_same_for_1_and_50_posts():
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    client, counts = signed_in(tanaka), []
    log.epoch()
    for more in (1, 49):
        for _ in range(more):
            react(tanaka, factories.post(tanaka, channel, TYPICAL), stamp="onaji")
        fragments.cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get("/channels/madoguchi-dx/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 13


def test_a_page_of_fifty_typical_posts_and_its_fragments_are_light():
    tanaka, miura = person("tanaka"), person("miura")
    channel = factories.channel("madoguchi-dx", tanaka, miura)
    for i in range(50):
        post = factories.post(tanaka, channel, TYPICAL.replace("3か月", f"{i}か月"))
        for stamp in ("onaji", "arigato"):
            react(miura, post, stamp=stamp)
        if i % 4 == 0:
            factories.post(miura, channel, "うちもです", root=post)
    roots = Post.objects.filter(root=None).values_list("pk", flat=True)
    assert statistics.median(len(fragments.post(pk).html.encode()) for pk in roots) <= 2048
    page = signed_in(tanaka).get("/channels/madoguchi-dx/").content
    assert len(gzip.compress(page, 6)) <= 40 * 1024


def counts_of(channel: Channel) -> tuple[int, int]:
    return Channel.objects.values_list("member_count", "organisation_count").get(pk=channel.pk)


def test_a_channel_counts_people_and_organisations():
    tanaka, miura, hasegawa, oonishi = (person(key) for key in ("tanaka", "miura", "hasegawa", "oonishi"))
    channel = factories.channel("madoguchi-dx", tanaka, miura, hasegawa, oonishi)
    assert counts_of(channel) == (4, 3)
    signed_in(miura).post("/channels/madoguchi-dx/membership/", {"deed": "leave"})
    assert counts_of(channel) == (3, 2)
    signed_in(miura).post("/channels/madoguchi-dx/membership/", {"deed": "join"})
    assert counts_of(channel) == (4, 3)
    page = signed_in(miura).get("/channels/madoguchi-dx/").content.decode()
    assert page.count("4人・3団体") == 1
