"""The wordings of an edited post."""

import pytest

from channels_app import fragments
from channels_app.actions.posts import edit_post, remove_post
from channels_app.models import Channel
from tests import factories
from tests.channels_app.views.habits import PART, assert_asks_to_sign_in, assert_only, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def edited():
    """(author, colleague, post that was worded three times)."""
    tanaka, miura = person("tanaka"), person("miura")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura), "**一つ目**")
    for text in ("二つ目", "三つ目"):
        edit_post(tanaka, post, text=text)
    return tanaka, miura, post


def test_index_shows_every_wording_with_its_time(edited):
    _, miura, post = edited
    answer = signed_in(miura).get(f"/posts/{post.pk}/revisions/")
    wordings = answer.context["wordings"]
    assert [wording["html"] for wording in wordings] == [
        "<p>三つ目</p>",
        "<p>二つ目</p>",
        "<p><strong>一つ目</strong></p>",
    ]
    times = [wording["written_at"] for wording in wordings]
    assert (times == sorted(times, reverse=True), times[-1]) == (True, post.posted_at)
    page = answer.content.decode()
    assert ("いまの文" in page, "2番目の文" in page, "1番目の文" in page) == (True, True, True)


def test_the_post_and_its_menu_lead_there(edited):
    _, miura, post = edited
    assert f'href="/posts/{post.pk}/revisions/">編集済み</a>' in fragments.post(post.pk).html
    menu = signed_in(miura).get(f"/posts/{post.pk}/menu/", **PART).content.decode()
    assert f"/posts/{post.pk}/revisions/" in menu


def test_a_removed_post_shows_no_wording(edited):
    tanaka, miura, post = edited
    remove_post(tanaka, post)
    for member in (tanaka, miura, person("oonishi")):
        assert signed_in(member).get(f"/posts/{post.pk}/revisions/").status_code == 404


def test_habits(edited):
    tanaka, miura, post = edited
    address = f"/posts/{post.pk}/revisions/"
    assert_asks_to_sign_in(address)
    assert_only("get", address, miura)
    assert signed_in(miura).get("/posts/999999/revisions/").status_code == 404
    closed = factories.channel("kaigi", tanaka, kind=Channel.Kind.PRIVATE, name="会議")
    secret = factories.post(tanaka, closed, "内密の話")
    edit_post(tanaka, secret, text="直した話")
    assert signed_in(miura).get(f"/posts/{secret.pk}/revisions/").status_code == 404
