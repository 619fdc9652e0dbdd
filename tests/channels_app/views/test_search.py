"""Searching what was said: what is found, what is not, how far it looks and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import search
from channels_app.actions import channels
from channels_app.actions.posts import remove_post
from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db

PAGE = "/search/"


def found(browser, **asked) -> list[int]:
    """The ids of the posts on a page of hits."""
    return [hit.post.pk for hit in browser.get(PAGE, asked).context["found"].hits]


def test_words_are_found_in_texts_and_headings_whatever_their_width():
    tanaka, miura = person("tanaka"), person("miura")
    here = factories.channel("madoguchi-dx", tanaka, miura)
    text = factories.post(miura, here, "国保の様式と ＲＰＡ の話です。")
    question = factories.post(miura, here, "教えてください。", title="カードの更新はどこで")
    reply = factories.post(tanaka, here, "rpaなら隣の課が詳しいです", root=question)
    factories.post(miura, here, "関係のない話です。")
    browser = signed_in(tanaka)
    assert found(browser, q="rpa") == [reply.pk, text.pk]
    assert found(browser, q="rpa　国保") == [text.pk]
    assert found(browser, q="かーど") == [question.pk]
    assert found(browser, q="rpa", questions="on") == []
    assert found(browser, q="かーど", questions="on") == [question.pk]
    assert found(browser, q="%") == []
    page = browser.get(PAGE, {"q": "かーど"}).content.decode()
    assert "<mark>カード</mark>の更新はどこで" in page


def test_only_what_one_may_read_is_found():
    tanaka, miura = person("tanaka"), person("miura")
    opened = factories.post(miura, factories.channel("zatsudan", miura), "合言葉は夕焼け")
    closed = factories.channel(
        "shikoku", miura, kind=Channel.Kind.PRIVATE, name="夕焼けの会", purpose="合言葉"
    )
    factories.post(miura, closed, "合言葉は夕焼け")
    gone = factories.post(miura, factories.channel("other", miura), "合言葉は夕焼け")
    remove_post(miura, gone)
    assert len(found(signed_in(miura), q="合言葉")) == 2
    answer = signed_in(tanaka).get(PAGE, {"q": "合言葉"})
    assert [hit.post.pk for hit in answer.context["found"].hits] == [opened.pk]
    assert answer.context["channels"] == []


def test_nothing_is_found_in_a_group_one_has_left_because_no_page_shows_it():
    tanaka, miura = person("tanaka"), person("miura")
    group = factories.channel("shikoku", miura, tanaka, kind=Channel.Kind.PRIVATE)
    said = factories.post(miura, group, "合言葉は夕焼け", title="夕焼けの問い")
    assert found(signed_in(tanaka), q="夕焼け") == [said.pk]
    channels.leave_channel(tanaka, group)
    assert signed_in(tanaka).get(said.get_absolute_url(), follow=True).status_code == 404
    assert found(signed_in(tanaka), q="夕焼け") == []
    assert found(signed_in(miura), q="夕焼け") == [said.pk]


def test_channels_are_found_by_name_reading_and_purpose():
    tanaka = person("tanaka")
    factories.channel("madoguchi-dx", name="窓口DX", kana="まどぐちでぃーえっくす", purpose="書かない窓口")
    factories.channel("zatsudan", name="雑談", kana="ざつだん", purpose="なんでも")
    browser = signed_in(tanaka)
    for asked in ("ＤＸ", "マドグチ", "書かない"):
        rows = browser.get(PAGE, {"q": asked}).context["channels"]
        assert [row["channel"].slug for row in rows] == ["madoguchi-dx"], asked


def test_a_look_is_bounded_says_so_and_leads_further_back(monkeypatch):
    monkeypatch.setattr(search, "PROBED", 3)
    tanaka = person("tanaka")
    here = factories.channel("madoguchi-dx", tanaka)
    first, *_, last = [factories.post(tanaka, here, f"夕焼け {n}") for n in range(5)]
    browser = signed_in(tanaka)
    answer = browser.get(PAGE, {"q": "夕焼け"})
    look = answer.context["found"]
    assert (look.total, look.looked_at, look.further, look.hits[0].post.pk) == (3, 3, last.pk - 2, last.pk)
    assert f"before={look.further}" in answer.content.decode()
    assert "新しい投稿3件の中をさがしました" in answer.content.decode()
    back = browser.get(PAGE, {"q": "夕焼け", "before": look.further}).context["found"]
    assert ([hit.post.pk for hit in back.hits], back.further) == ([first.pk + 1, first.pk], None)


def test_hits_of_one_look_are_paged(monkeypatch):
    monkeypatch.setattr(search, "SHOWN", 2)
    tanaka = person("tanaka")
    here = factories.channel("madoguchi-dx", tanaka)
    ids = [factories.post(tanaka, here, f"夕焼け {n}").pk for n in range(3)]
    browser = signed_in(tanaka)
    assert found(browser, q="夕焼け") == [ids[2], ids[1]]
    assert found(browser, q="夕焼け", page="2") == [ids[0]]
    assert found(browser, q="夕焼け", page="9") == []


def test_it_asks_the_same_for_one_hit_and_for_thirty():
    tanaka, miura = person("tanaka"), person("miura")
    here = factories.channel("madoguchi-dx", tanaka, miura)
    factories.post(miura, here, "夕焼け")
    browser = signed_in(tanaka)
    browser.get(PAGE, {"q": "夕焼け"})
    with CaptureQueriesContext(connection) as few:
        browser.get(PAGE, {"q": "夕焼け"})
    for number in range(20):
        factories.post(
            (tanaka, miura)[number % 2], here, "夕焼け", title="夕焼けの質問" if number % 3 else ""
        )
    with CaptureQueriesContext(connection) as many:
        browser.get(PAGE, {"q": "夕焼け"})
    assert len(many) == len(few)


@pytest.mark.parametrize("q", ["", "　", "a" * 101, "\x00", "'; --", "\\", "𠮷" * 50, "あ " * 40])
def test_any_words_get_an_answer(q):
    answer = signed_in(person("tanaka")).get(PAGE, {"q": q})
    assert answer.status_code == (422 if len(q) > 100 or "\x00" in q else 200)


@pytest.mark.parametrize("cursor", [{"before": "x"}, {"page": "-1"}, {"before": "9" * 30}])
def test_a_bad_cursor_is_not_found(cursor):
    assert signed_in(person("tanaka")).get(PAGE, {"q": "国保"} | cursor).status_code == 404


def test_the_page_is_for_members_and_its_field_is_on_every_page():
    assert_asks_to_sign_in(PAGE)
    assert_only("get", PAGE, person("tanaka"))
    page = signed_in(person("miura")).get("/home/").content.decode()
    assert '<form class="ky-side__seek" method="get" action="/search/"' in page
