"""Fragments: one HTML for everybody, the same bytes wherever a post stands."""

import re
from datetime import date, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lucide.templatetags.lucide import lucide

from accounts.models import Affiliation, Ambassador
from channels_app import fragments
from channels_app.actions.posts import edit_post, remove_post
from channels_app.actions.reactions import react
from channels_app.models import Channel, Post
from tests import factories
from tests.channels_app.views.habits import JSON, PART, signed_in
from tests.people import organisation, person

pytestmark = pytest.mark.django_db


class Tags(HTMLParser):
    """Every opening tag with its attributes."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(html: str, name: str) -> list[dict]:
    return [attributes for tag, attributes in Tags(html).found if tag == name]


@pytest.fixture
def cast():
    """(author, colleague, root with a reply and two stamps)."""
    tanaka, miura = person("tanaka"), person("miura")
    root = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))
    factories.post(miura, root.channel, "うちもです", root=root)
    for stamp in ("onaji", "arigato"):
        react(miura, root, stamp=stamp)
    return tanaka, miura, root


def test_a_new_post_is_made_of_the_object_and_equals_the_stored_one(cast):
    _, miura, root = cast
    day = timezone.localdate()
    Ambassador.objects.create(member=miura, prefecture_code="33", valid_from=day, appointed_by=miura)
    for post in (factories.post(miura, root.channel), factories.post(miura, root.channel, root=root)):
        fragments.cache.clear()
        with CaptureQueriesContext(connection) as asked:
            made = fragments.of_new(post)
        assert len(asked) == 2
        fragments.cache.clear()
        assert made == fragments.post(post.pk)


def test_the_same_bytes_in_page_thread_answer_and_single_page(cast):
    tanaka, miura, root = cast
    made = fragments.post(root.pk).html
    for member in (tanaka, miura, person("oonishi")):
        client = signed_in(member)
        assert made in client.get("/channels/madoguchi-dx/").content.decode()
        assert made in client.get(f"/posts/{root.pk}/menu/").content.decode()
        column = client.get(f"/posts/{root.pk}/thread/", **PART).content.decode()
        assert fragments.as_copy(made, "thread") in column
    answer = signed_in(miura).post(f"/posts/{root.pk}/reactions/onaji/", {"on": "1"}, **JSON)
    assert answer.json()["html"] == made


def test_nothing_about_a_viewer_and_nothing_secret(cast):
    made = fragments.post(cast[2].pk).html
    assert [
        word
        for word in ("csrf", "nonce", "token", 'aria-pressed="true"', "style=", "<script")
        if word in made
    ] == []
    assert "example.lg.jp" not in made


def test_the_root_element_says_what_a_browser_needs(cast):
    tanaka, miura, root = cast
    root.refresh_from_db()
    reply = root.replies.get()
    of_root, of_reply = (tags(fragments.post(post.pk).html, "article")[0] for post in (root, reply))
    stamp = root.posted_at.timestamp()
    assert of_root == {
        "class": "ky-post",
        "id": f"post-{root.pk}",
        "data-post": str(root.pk),
        "data-v": str(root.v),
        "data-channel": f"c{root.channel_id}",
        "data-author": str(tanaka.pk),
        "data-cid": str(root.cid),
        "data-at": f"{stamp:.6f}",
    }
    assert of_reply["data-root"] == str(root.pk)


def test_times_are_absolute_and_a_machine_reads_them(cast):
    root = cast[2]
    times = [datetime.fromisoformat(time["datetime"]) for time in tags(fragments.post(root.pk).html, "time")]
    root.refresh_from_db()
    assert times == [moment.replace(microsecond=0) for moment in (root.posted_at, root.last_reply_at)]


def test_stamps_count_organisations_for_voices_and_people_for_thanks(cast):
    tanaka, miura, root = cast
    for colleague in (person("hasegawa"), person("oonishi")):  # two people of one agency
        react(colleague, root, stamp="onaji")
        react(colleague, root, stamp="arigato")
    buttons = tags(fragments.post(root.pk).html, "button")
    assert sorted(button["aria-label"] for button in buttons) == ["ありがとう 3人", "同じ悩み 2団体"]
    assert {button["form"] for button in buttons} == {"ky-actions"}
    assert {button["aria-pressed"] for button in buttons} == {"false"}


def test_names_are_those_of_the_day_it_was_written(cast):
    tanaka, _, root = cast
    root_html = fragments.post(root.pk).html
    Affiliation.objects.filter(member=tanaka).update(valid_to=date(2026, 3, 31))
    Affiliation.objects.create(
        member=tanaka,
        organisation=organisation("020001"),
        section="広報課",
        email=tanaka.email,
        verified_at=timezone.now(),
        valid_from=date(2026, 4, 1),
    )
    fragments.cache.clear()
    assert fragments.post(root.pk).html == root_html
    assert "（高知県 中土佐町・総務課）" in root_html


def test_badges_are_those_of_the_day(cast):
    tanaka, _, root = cast
    today = timezone.localdate()
    Ambassador.objects.create(
        member=tanaka, valid_from=today - timedelta(days=9), valid_to=today - timedelta(days=1)
    )
    fragments.cache.clear()
    assert ("市区町村" in fragments.post(root.pk).html, "アンバサダー" in fragments.post(root.pk).html) == (
        True,
        False,
    )
    Post.objects.filter(pk=root.pk).update(posted_at=timezone.now() - timedelta(days=5))
    fragments.cache.clear()
    assert "アンバサダー" in fragments.post(root.pk).html


def test_a_removed_post_leaves_a_trace_without_its_words(cast):
    tanaka, _, root = cast
    remove_post(tanaka, root)
    made = fragments.post(root.pk).html
    article = tags(made, "article")[0]
    assert ("data-removed" in article, "待ち時間" in made, tags(made, "button")) == (True, False, [])
    assert (tanaka.name in made, "返信1件" in made) == (False, True)


def test_an_edited_post_says_so(cast):
    tanaka, _, root = cast
    assert "編集済み" not in fragments.post(root.pk).html
    edit_post(tanaka, root, text="直しました")
    assert "編集済み" in fragments.post(root.pk).html


def test_text_and_names_are_escaped():
    tanaka = person("tanaka", name='"><script>alert(1)</script>')
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka), "<b onclick=x>太字</b>")
    made = fragments.post(post.pk).html
    assert (tags(made, "script"), tags(made, "b"), made.count("<script")) == ([], [], 0)


def test_cost_six_queries_for_any_number_and_one_when_made():
    tanaka = person("tanaka")
    channel = factories.channel("madoguchi-dx", tanaka)
    ids = [factories.post(tanaka, channel).pk for _ in range(7)]
    for post_id in ids:
        factories.post(tanaka, channel, root=Post.objects.get(pk=post_id))
    counts = []
    for some in (ids[:1], ids, ids):
        with CaptureQueriesContext(connection) as asked:
            fragments.posts(some)
        counts.append(len(asked))
    assert counts == [6, 6, 1]


def test_unknown_ids_are_left_out(cast):
    assert fragments.post(999_999) is None
    assert list(fragments.posts([cast[2].pk, 999_999])) == [cast[2].pk]


def test_outsiders_channels_stay_out_of_the_fragment():
    tanaka, miura = person("tanaka"), person("miura")
    secret = factories.channel("shikoku", miura, kind=Channel.Kind.PRIVATE, name="四国準備会")
    factories.post(miura, secret, "内密の話")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))
    factories.post(miura, post.channel, root=post)
    made = fragments.post(post.pk).html
    assert ("四国" in made, "内密" in made, f'c{secret.pk}"' in made) == (False, False, False)


@pytest.mark.parametrize("name", ["ellipsis", "message-square-reply", "smile-plus"])
def test_pictures_of_the_style_sheet_are_those_of_the_icon_set(name):
    drawn = (settings.BASE_DIR / f"static/img/icons/{name}.svg").read_text()
    shapes = r"<(?:path|circle|line|rect)[^>]*>"
    assert re.findall(shapes, drawn) == re.findall(shapes, lucide(name))
