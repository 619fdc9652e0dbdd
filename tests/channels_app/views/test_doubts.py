"""The sheet that asks why somebody sees it differently."""

from uuid import uuid4

import pytest

from channels_app import fragments
from channels_app.models import Channel, Post, Reaction
from tests import factories
from tests.channels_app.views.habits import JSON, assert_asks_to_sign_in, error_of, signed_in
from tests.people import person

pytestmark = pytest.mark.django_db
WHY = "うちでは座って書く方が、書き直しが減りました。"


@pytest.fixture
def cast():
    """(Tanaka the author, Miura, the post, the address of its sheet)."""
    tanaka, miura = person("tanaka"), person("miura")
    post = factories.post(tanaka, factories.channel("madoguchi-dx", tanaka, miura))
    return tanaka, miura, post, f"/posts/{post.pk}/reactions/chigau/reason/"


def typed(text=WHY, to="reply"):
    return {"text": text, "to": to, "cid": str(uuid4())}


def test_pressing_leads_to_the_sheet_which_asks_kindly(cast):
    _, miura, post, address = cast
    client = signed_in(miura)
    answer = client.post(f"/posts/{post.pk}/reactions/chigau/")
    assert (answer.status_code, answer["Location"]) == (303, address)
    told = client.post(f"/posts/{post.pk}/reactions/chigau/", {"on": "1"}, **JSON)
    assert error_of(told) == (409, "「違うかも」は、理由を添えて伝えてください。", "")
    page = client.get(address).content.decode()
    assert "否定から入らずに" in page
    assert page.count("ほかの見方を伝える</h1>") == 1
    assert Reaction.objects.count() == 0


def test_a_reason_leads_back_to_the_post(cast):
    _, miura, post, address = cast
    answer = signed_in(miura).post(address, typed(), follow=True)
    assert answer.redirect_chain[0] == (f"/posts/{post.pk}/#post-{post.pk}", 303)
    assert "理由をスレッドに書きました。" in answer.content.decode()
    assert Reaction.objects.get().reason == Post.objects.get(root=post)


def test_scripts_get_the_fragment_and_what_is_mine(cast):
    _, miura, post, address = cast
    told = signed_in(miura).post(address, typed(), **JSON).json()
    made = fragments.post(post.pk)
    said = {"mine": ["chigau"], "told": "理由をスレッドに書きました。"}
    assert told == {"id": post.pk, "v": made.v, "html": made.html} | said


def test_a_private_reason_shows_nowhere(cast):
    tanaka, miura, post, address = cast
    told = signed_in(miura).post(address, typed("単位が逆かもしれません。", "author"), **JSON).json()
    assert told["told"] == "投稿した人に伝えました。ほかの人には見えません。"
    for member in (tanaka, miura):
        page = signed_in(member).get("/channels/madoguchi-dx/").content.decode()
        people = signed_in(member).get(f"/posts/{post.pk}/reactions/members/").content.decode()
        assert ("単位が逆" in page + people, "違うかも" in page + people) == (False, False)


@pytest.mark.parametrize(
    ("text", "to", "sentence"),
    [
        ("", "reply", "理由を入力してください。ひとことでもかまいません。"),
        (" \n　", "author", "理由を入力してください。ひとことでもかまいません。"),
        ("\u200b", "reply", "本文を入力してください。"),
        ("あ" * 401, "author", "投稿した人だけに伝える文は400文字までです（いま401文字）。"),
        (WHY, "everybody", "だれに伝えるかを選んでください。"),
        (WHY, "", "だれに伝えるかを選んでください。"),
        ("\x00", "reply", "読み取れない文字が含まれています。"),
    ],
)
def test_bad_input_keeps_the_text_and_changes_nothing(cast, text, to, sentence):
    _, miura, post, address = cast
    answer = signed_in(miura).post(address, typed(text, to))
    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (422, True)
    if text == WHY:
        assert WHY in page
    assert (Reaction.objects.count(), Post.objects.filter(root=post).count()) == (0, 0)


def test_a_refusal_keeps_the_text(cast):
    yamamoto, address = person("yamamoto"), cast[3]
    answer = signed_in(yamamoto).post(address, typed())
    page = answer.content.decode()
    assert (answer.status_code, WHY in page) == (403, True)
    assert "投稿するには、先にこのチャンネルに参加してください。" in page
    told = signed_in(yamamoto).post(address, typed(), **JSON)
    assert error_of(told) == (403, "投稿するには、先にこのチャンネルに参加してください。", "text")
    assert Reaction.objects.count() == 0


def test_strangers_and_bad_ids(cast):
    tanaka, miura, _, address = cast
    closed = factories.post(tanaka, factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE))
    client = signed_in(miura)
    for post_id in (closed.pk, 999_999):
        hidden = f"/posts/{post_id}/reactions/chigau/reason/"
        assert [client.get(hidden).status_code, client.post(hidden, typed()).status_code] == [404, 404]
    assert_asks_to_sign_in(address)
    assert_asks_to_sign_in(address, "post")
    assert Reaction.objects.count() == 0
