"""The quick switcher: which places fit, in which order, for whom; and the help sheet."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import switcher
from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import PART, assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db

PAGE = "/switch/"


def places(browser, q: str) -> dict[str, list[str]]:
    """The names by heading."""
    groups = browser.get(PAGE, {"q": q}).context["groups"]
    return {group.label: [place.name for place in group.places] for group in groups}


def test_kanji_kana_and_latin_letters_find_the_same_channel():
    tanaka = person("tanaka")
    factories.channel("madoguchi-dx", tanaka, name="窓口DX", kana="まどぐちでぃーえっくす")
    factories.channel("zatsudan", name="雑談", kana="ざつだん")
    browser = signed_in(tanaka)
    for typed in ("窓口", "まどぐち", "マドグチ", "madogu", "ｍａｄｏｇｕｔｉ", "dx", "#窓口"):
        assert places(browser, typed)["参加しているチャンネル"] == ["窓口DX"], typed
    assert places(browser, "ざつ") == {"ほかのチャンネル": ["雑談"]}


def test_what_has_news_stands_first_and_without_words_only_ones_own():
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("aaa", tanaka, name="あの話", kana="あのはなし")
    news = factories.channel("bbb", tanaka, miura, name="その話", kana="そのはなし")
    factories.channel("ccc", miura, name="よその話", kana="よそのはなし")
    factories.post(miura, news)
    browser = signed_in(tanaka)
    found = places(browser, "")
    assert found["参加しているチャンネル"] == ["その話", "あの話"]
    assert set(found) == {"参加しているチャンネル", "ページ"}
    assert places(browser, "話")["ほかのチャンネル"] == ["よその話"]


def test_nobody_is_led_to_a_closed_channel_of_others():
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("shikoku", miura, name="夕焼けの会", kind=Channel.Kind.PRIVATE)
    assert places(signed_in(miura), "夕焼け") == {"参加しているチャンネル": ["夕焼けの会"]}
    assert places(signed_in(tanaka), "夕焼け") == {}


def test_people_and_pages_are_found_and_signs_narrow():
    tanaka = person("tanaka")
    person("miura")
    browser = signed_in(tanaka)
    assert places(browser, "みうら") == {"会員": ["三浦 健太"]}
    assert places(browser, "＠三浦") == {"会員": ["三浦 健太"]}
    assert places(browser, "#三浦") == {}
    assert places(browser, "せってい")["ページ"] == ["表示と通知の設定"]


def test_every_page_it_names_exists():
    browser = signed_in(person("tanaka"))
    assert {browser.get(address, follow=True).status_code for address, *_ in switcher.PAGES} == {200}


def test_the_script_gets_the_list_alone_and_the_cost_is_constant():
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("madoguchi-dx", tanaka, miura)
    browser = signed_in(tanaka)
    part = browser.get(PAGE, {"q": "窓口"}, **PART).content.decode()
    assert (part.startswith('<div class="ky-switch__found"'), "<html" in part) == (True, False)
    with CaptureQueriesContext(connection) as few:
        browser.get(PAGE, {"q": "窓口"}, **PART)
    for number in range(12):
        factories.channel(f"more-{number}", *([tanaka] * (number % 2)), name=f"窓口{number}")
    with CaptureQueriesContext(connection) as many:
        browser.get(PAGE, {"q": "窓口"}, **PART)
    assert len(many) == len(few)


@pytest.mark.parametrize("q", ["\x00", "あ" * 5000, "(((", "[a", "'\"<script>", "@", "#"])
def test_any_words_get_an_answer(q):
    answer = signed_in(person("tanaka")).get(PAGE, {"q": q})
    assert (answer.status_code, "<script>alert" in answer.content.decode()) == (200, False)


def test_pages_are_for_members():
    tanaka = person("tanaka")
    for address in (PAGE, "/help/"):
        assert_asks_to_sign_in(address)
        assert_only("get", address, tanaka)


def test_the_help_sheet_tells_the_readers_own_keys():
    ctrl = signed_in(person("tanaka")).get("/help/").content.decode()
    enter = signed_in(person("miura", enter_sends=True, single_keys=False)).get("/help/", **PART)
    assert "<kbd>Ctrl</kbd>＋<kbd>Enter</kbd></th><td>送信する" in ctrl
    assert "いまは使う設定です" in ctrl
    told = enter.content.decode()
    assert ("<kbd>Enter</kbd></th><td>送信する" in told, "いまは使わない設定です" in told) == (True, True)
    assert "<html" not in told
