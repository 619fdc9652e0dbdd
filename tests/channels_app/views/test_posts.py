"""POST /channels/<slug>/posts/: the deed, and everybody who may not."""

from uuid import uuid4

import pytest

from channels_app import fragments
from channels_app.actions.posts import publish_post
from channels_app.forms import posts as forms
from channels_app.models import Channel, LiveEvent, Post
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
ADDRESS = "/channels/madoguchi-dx/posts/"


@pytest.fixture
def tanaka():
    member = person("tanaka")
    factories.channel("madoguchi-dx", member)
    return member


def test_create_publishes_and_leads_to_the_post(tanaka):
    answer = signed_in(tanaka).post(ADDRESS, words("**3日**かかりました"))
    post = Post.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/channels/madoguchi-dx/#post-{post.pk}")
    assert (post.author, post.html) == (tanaka, "<p><strong>3日</strong>かかりました</p>")


def test_create_leaves_nothing_unread_for_the_author(tanaka):
    client = signed_in(tanaka)
    client.post(ADDRESS, words())
    answer = client.get("/channels/madoguchi-dx/")
    assert (answer.context["visit"].unread, "ここから新着" in answer.content.decode()) == (0, False)


def test_create_answers_scripts_with_the_fragment_of_the_page(tanaka):
    client, sent = signed_in(tanaka), words()
    answer = client.post(ADDRESS, sent, **JSON)
    post = Post.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": post.pk,
        "v": 1,
        "html": fragments.post(post.pk).html,
        "cid": sent["cid"],
        "n": post.n,
    }
    assert answer.json()["html"] in client.get("/channels/madoguchi-dx/").content.decode()


def test_create_twice_with_one_cid_is_one_post(tanaka):
    client, sent = signed_in(tanaka), words()
    first, second = (client.post(ADDRESS, sent, **JSON) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    by_form = client.post(ADDRESS, sent)
    assert by_form["Location"] == f"/channels/madoguchi-dx/#post-{first.json()['id']}"
    assert Post.objects.count() == 1


def test_create_by_a_colleague_in_the_channel(tanaka):
    miura = person("miura")
    signed_in(miura).post("/channels/madoguchi-dx/membership/", {"deed": "join"})
    assert signed_in(miura).post(ADDRESS, words()).status_code == 303


def test_create_by_a_reader_outside_is_refused_and_keeps_the_text(tanaka):
    client, text = person("miura"), "昨日の続きです"
    answer = signed_in(client).post(ADDRESS, words(text))
    assert (answer.status_code, Post.objects.count()) == (403, 0)
    assert answer.content.decode().split("</textarea>")[0].rsplit(">", 1)[1].strip() == text
    told = signed_in(client).post(ADDRESS, words(text), **JSON)
    assert error_of(told) == (403, "投稿するには、先にこのチャンネルに参加してください。", "text")


def test_create_by_a_stranger_of_a_private_channel_is_404():
    tanaka, miura = person("tanaka"), person("miura")
    factories.channel("shikoku", tanaka, kind=Channel.Kind.PRIVATE)
    assert signed_in(tanaka).post("/channels/shikoku/posts/", words()).status_code == 303
    assert signed_in(miura).post("/channels/shikoku/posts/", words()).status_code == 404
    assert signed_in(miura).post("/channels/shikoku/posts/", words(), **JSON).status_code == 404
    assert Post.objects.count() == 1


def test_create_needs_a_member_a_channel_and_post(tanaka):
    assert_asks_to_sign_in(ADDRESS, "post")
    assert_only("post", ADDRESS, tanaka)
    assert signed_in(tanaka).post("/channels/nai/posts/", words()).status_code == 404
    assert Post.objects.count() == 0


def test_create_by_a_suspended_member_asks_to_sign_in(tanaka):
    client = signed_in(tanaka)
    type(tanaka).objects.filter(pk=tanaka.pk).update(suspended_at="2026-11-01T00:00:00Z")
    assert client.post(ADDRESS, words()).status_code == 302
    assert Post.objects.count() == 0


def test_create_in_an_archived_channel_is_refused(tanaka):
    Channel.objects.update(archived_at="2026-11-01T00:00:00Z")
    told = signed_in(tanaka).post(ADDRESS, words(), **JSON)
    assert error_of(told) == (403, "このチャンネルは保管済みです。読むことだけできます。", "text")


def test_create_in_an_announcement_channel_is_for_agencies():
    tanaka, ito = person("tanaka"), person("ito")
    factories.channel("kuni-kara", tanaka, ito, kind=Channel.Kind.ANNOUNCEMENT)
    assert signed_in(tanaka).post("/channels/kuni-kara/posts/", words(), **JSON).status_code == 403
    assert signed_in(ito).post("/channels/kuni-kara/posts/", words(), **JSON).status_code == 201


LONG = forms.TOO_LONG.format(limit=10_000, length=65_536)
BAD_TEXTS = [
    ("", forms.EMPTY),
    (" \u3000\n\t\r\n", forms.EMPTY),
    ("\u200b\ufeff\u3164\u2800\u00ad", forms.EMPTY),
    ("\u202e\u2066", forms.EMPTY),
    ("&nbsp;", forms.EMPTY),
    ("[印]: https://example.jp", forms.EMPTY),
    ("あ" * 65_536, LONG),
    ("表\x00計算", forms.BROKEN),
    ("文字\ufffd化け", forms.BROKEN),
]


@pytest.mark.parametrize(("text", "sentence"), BAD_TEXTS)
def test_create_refuses_bad_text_beside_the_field_and_keeps_it(tanaka, text, sentence):
    client, sent = signed_in(tanaka), words(text)
    assert error_of(client.post(ADDRESS, sent, **JSON)) == (422, sentence, "text")
    answer = client.post(ADDRESS, sent)
    form = answer.context["form"]
    assert (answer.status_code, form.errors["text"], form["text"].value()) == (422, [sentence], text)
    assert f'name="cid" value="{sent["cid"]}"' in answer.content.decode()
    assert (Post.objects.count(), LiveEvent.objects.filter(kind=LiveEvent.Kind.POST_PUBLISHED).count()) == (
        0,
        0,
    )


def test_create_refuses_broken_utf8(tanaka):
    body = b"cid=" + str(uuid4()).encode() + b"&text=%e3%81%ff%ed%a0%80"
    answer = signed_in(tanaka).post(ADDRESS, body, content_type="application/x-www-form-urlencoded", **JSON)
    assert error_of(answer) == (422, forms.BROKEN, "text")


@pytest.mark.parametrize("cid", ["", "7", "not-a-uuid"])
def test_create_refuses_a_bad_cid_and_gives_a_new_one(tanaka, cid):
    client = signed_in(tanaka)
    assert error_of(client.post(ADDRESS, {"text": "続き", "cid": cid}, **JSON)) == (422, forms.STALE, "cid")
    answer = client.post(ADDRESS, {"text": "続き", "cid": cid})
    assert (answer.status_code, answer.context["form"]["text"].value()) == (422, "続き")
    assert len(str(answer.context["form"].fresh_cid)) == 36


def test_create_stores_text_as_typed_but_for_its_ends(tanaka):
    typed = "    字下げ\r\n葛\U000e0100飾区の\u202e表\r\n\u3000\n"
    signed_in(tanaka).post(ADDRESS, words(typed))
    assert Post.objects.get().text == "    字下げ\n葛\U000e0100飾区の表"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<style>body{display:none}</style>",
        "[押して](javascript:alert(1))",
        '"><b style="color:red" onclick=alert(1)>',
    ],
)
def test_create_lets_no_markup_through(tanaka, text):
    html = signed_in(tanaka).post(ADDRESS, words(text), **JSON).json()["html"]
    said = html.split('<div class="ky-text">')[1].split("</div>")[0]
    assert not [bad for bad in ("<script", "<img", "<style", "<b", "href=") if bad in said]


def test_create_with_a_stale_token_is_403_and_says_so(tanaka):
    client = signed_in(tanaka, enforce_csrf_checks=True)
    answer = client.post(ADDRESS, words() | {"csrfmiddlewaretoken": "x" * 64}, **JSON)
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("画面を開いてから時間がたった")
    assert client.post(ADDRESS, words()).status_code == 403
    assert Post.objects.count() == 0


def test_create_too_large_for_the_server_is_400(tanaka):
    client, form = signed_in(tanaka), "application/x-www-form-urlencoded"
    answer = client.post(ADDRESS, b"text=" + b"a" * 3_000_000, content_type=form, **JSON)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    many = "&".join(f"a{i}=1" for i in range(2_000))
    assert client.post(ADDRESS, many, content_type=form).status_code == 400


def test_a_cid_belongs_to_its_author(tanaka):
    miura, cid = person("miura"), uuid4()
    channel = Channel.objects.get()
    signed_in(miura).post("/channels/madoguchi-dx/membership/", {"deed": "join"})
    theirs = publish_post(miura, channel, text="先の投稿", cid=cid).post
    answer = signed_in(tanaka).post(ADDRESS, {"text": "別の投稿", "cid": str(cid)}, **JSON)
    assert (answer.status_code, answer.json()["id"] == theirs.pk) == (201, False)
