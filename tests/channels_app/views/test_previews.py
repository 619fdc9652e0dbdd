"""The preview of a text: the same HTML as the post, a page without scripts."""

import pytest

from channels_app.models import Channel, Post
from tests import factories
from tests.channels_app.views.habits import (
    JSON,
    assert_asks_to_sign_in,
    assert_only,
    error_of,
    signed_in,
    words,
)
from tests.people import person

pytestmark = pytest.mark.django_db
ADDRESS = "/channels/madoguchi-dx/preview/"
TEXT = "**太字** @三浦 健太（岩手県 盛岡市）\n\n| a | b |\n| - | - |\n| 1 | 2 |"


@pytest.fixture
def cast():
    """(author, colleague, root) in one open channel."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(miura, factories.channel("madoguchi-dx", tanaka, miura))


def test_a_preview_is_what_the_post_becomes_and_publishes_nothing(cast):
    tanaka, _, root = cast
    answer = signed_in(tanaka).post(ADDRESS, words(TEXT), **JSON)
    assert Post.objects.count() == 1
    assert answer.json() == {"html": factories.post(tanaka, root.channel, TEXT).html}


def test_without_scripts_the_page_shows_the_preview_and_keeps_the_text(cast):
    answer = signed_in(cast[0]).post(ADDRESS, words(TEXT))
    assert (answer.status_code, answer.context["form"]["text"].value()) == (200, TEXT)
    assert '<div class="ky-text"><p><strong>太字</strong>' in answer.content.decode()


def test_a_reply_is_shown_in_its_thread(cast):
    tanaka, _, root = cast
    answer = signed_in(tanaka).post(f"{ADDRESS}?root={root.pk}", words(TEXT))
    assert answer.context["thread"].form["text"].value() == TEXT
    assert answer.context["form"].preview == ""


def test_a_bad_text_is_refused_beside_the_field(cast):
    client = signed_in(cast[0])
    assert error_of(client.post(ADDRESS, words(" "), **JSON)) == (422, "本文を入力してください。", "text")
    answer = client.post(ADDRESS, words("い" * 10_001))
    assert (answer.status_code, answer.context["form"].preview) == (422, "")
    assert answer.context["form"]["text"].value() == "い" * 10_001


def test_a_stranger_a_bad_thread_and_the_other_method(cast):
    tanaka, miura, _ = cast
    hidden = factories.post(tanaka, factories.channel("junbikai", tanaka, kind=Channel.Kind.PRIVATE))
    client = signed_in(miura)
    assert client.post("/channels/junbikai/preview/", words()).status_code == 404
    assert client.post(f"{ADDRESS}?root={hidden.pk}", words()).status_code == 404
    assert client.post(f"{ADDRESS}?root=x", words()).status_code == 404
    assert_only("post", ADDRESS, miura)
    assert_asks_to_sign_in(ADDRESS, "post")
