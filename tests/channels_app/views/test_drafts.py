"""Drafts: kept per place, put back into the field, listed, thrown away."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.actions import channels
from channels_app.actions.drafts import keep_draft
from channels_app.models import Channel, Draft
from channels_app.views import drafts
from tests import factories
from tests.channels_app.views.habits import (
    JSON,
    PART,
    assert_asks_to_sign_in,
    assert_only,
    error_of,
    signed_in,
    words,
)
from tests.people import person

pytestmark = pytest.mark.django_db
PLACE = "/drafts/madoguchi-dx/"


@pytest.fixture
def cast():
    """(author, colleague, root) in one open channel."""
    tanaka, miura = person("tanaka"), person("miura")
    return tanaka, miura, factories.post(miura, factories.channel("madoguchi-dx", tanaka, miura))


def texts(member) -> dict:
    """The member's drafts by the id of their thread."""
    return dict(Draft.objects.filter(member=member).values_list("root", "text"))


def field_of(answer, name: str = "form") -> str | None:
    """What stands in the field of the channel or, with "thread", of the thread."""
    form = answer.context["form"] if name == "form" else answer.context["thread"].form
    return form["text"].value()


def test_a_draft_is_kept_per_place_and_replaced(cast):
    tanaka, _, root = cast
    client = signed_in(tanaka)
    for address, text in ((PLACE, "一"), (f"{PLACE}?root={root.pk}", "返信の途中"), (PLACE, "二")):
        assert client.post(address, {"text": text}, **JSON).json() == {"kept": True}
    assert texts(tanaka) == {None: "二", root.pk: "返信の途中"}


@pytest.mark.parametrize("sent", [{"file": str(uuid4())}, {"upload": SimpleUploadedFile("議案.csv", b"1,2")}])
def test_a_draft_says_that_files_do_not_stay_with_it(cast, sent):
    client = signed_in(cast[0])
    page = client.post(PLACE, {"text": "書きかけ"} | sent, follow=True)
    assert [str(message) for message in page.context["messages"]] == [drafts.WITHOUT_FILES]
    assert texts(cast[0]) == {None: "書きかけ"}
    assert [*client.post(PLACE, {"text": "書きかけ"}, follow=True).context["messages"]] == []


def test_a_draft_stands_in_the_field_of_its_place_only(cast):
    tanaka, miura, root = cast
    keep_draft(tanaka, root.channel, text="書きかけ<b>")
    keep_draft(tanaka, root.channel, text="返信の途中", root=root)
    page = signed_in(tanaka).get(f"/channels/madoguchi-dx/?thread={root.pk}")
    assert (field_of(page), field_of(page, "thread")) == ("書きかけ<b>", "返信の途中")
    assert "書きかけ&lt;b&gt;</textarea>" in page.content.decode()
    assert field_of(signed_in(miura).get(f"/channels/madoguchi-dx/?thread={root.pk}")) is None


def test_a_question_keeps_its_title(cast):
    tanaka, _, root = cast
    client = signed_in(tanaka)
    client.post(PLACE, {"text": "", "title": "どうしていますか"})
    form = client.get("/channels/madoguchi-dx/").context["form"]
    assert (form["question"].value(), form["title"].value(), form["text"].value()) == (
        True,
        "どうしていますか",
        None,
    )
    assert "どうしていますか" in client.get("/drafts/").content.decode()
    client.post(f"{PLACE}?root={root.pk}", {"text": "返信", "title": "返信には無い"})
    assert Draft.objects.get(root=root).title == ""
    assert client.post(PLACE, {"text": "x", "title": "あ" * 81}).status_code == 422


def test_a_refused_text_is_not_overwritten(cast):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="前の下書き")
    answer = signed_in(tanaka).post("/channels/madoguchi-dx/posts/", words("あ" * 10_001))
    assert (answer.status_code, field_of(answer)) == (422, "あ" * 10_001)


def test_an_empty_text_keeps_none(cast):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="書きかけ")
    assert signed_in(tanaka).post(PLACE, {"text": " \n"}, **JSON).json() == {"kept": False}
    assert texts(tanaka) == {}


def test_publishing_ends_the_draft_of_its_place(cast):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="書きかけ")
    keep_draft(tanaka, root.channel, text="返信の途中", root=root)
    signed_in(tanaka).post("/channels/madoguchi-dx/posts/", words("書きかけ、できました"))
    assert texts(tanaka) == {root.pk: "返信の途中"}


def test_a_late_request_does_not_bring_back_what_was_said(cast):
    tanaka, _, _ = cast
    client, said = signed_in(tanaka), words("もう送りました")
    client.post("/channels/madoguchi-dx/posts/", said)
    late = client.post(PLACE, {"text": "もう送り", "cid": said["cid"]}, **JSON)
    assert (late.json(), texts(tanaka)) == ({"kept": False}, {})
    assert client.post(PLACE, {"text": "次の文", "cid": str(uuid4())}, **JSON).json() == {"kept": True}


@pytest.mark.parametrize(("text", "status"), [("あ" * 100_001, 422), ("a\x00b", 422), ("\ufffd", 422)])
def test_what_cannot_be_kept_is_said_and_changes_nothing(cast, text, status):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="前のまま")
    assert error_of(signed_in(tanaka).post(PLACE, {"text": text}, **JSON))[0] == status
    assert signed_in(tanaka).post(PLACE, {"text": text}).status_code == status
    assert texts(tanaka) == {None: "前のまま"}


def test_a_long_text_that_no_post_may_have_is_kept(cast):
    assert signed_in(cast[0]).post(PLACE, {"text": "あ" * 20_000}).status_code == 303
    assert len(texts(cast[0])[None]) == 20_000


def test_keep_is_for_those_who_may_see_the_place(cast):
    tanaka, miura, root = cast
    closed = factories.channel("junbikai", tanaka, kind=Channel.Kind.PRIVATE)
    hidden = factories.post(tanaka, closed)
    stranger = signed_in(miura)
    assert stranger.post("/drafts/junbikai/", {"text": "x"}).status_code == 404
    assert stranger.post(f"{PLACE}?root={hidden.pk}", {"text": "x"}).status_code == 404
    assert stranger.post(f"{PLACE}?root=abc", {"text": "x"}).status_code == 404
    assert stranger.post("/drafts/nai/", {"text": "x"}).status_code == 404
    assert Draft.objects.count() == 0
    assert signed_in(tanaka).post("/drafts/junbikai/", {"text": "x"}).status_code == 303
    assert_asks_to_sign_in(PLACE, "post")
    assert_only("post", PLACE, miura)


def test_the_list_shows_ones_own_and_nothing_of_a_closed_channel_one_has_left(cast):
    tanaka, miura, root = cast
    closed = factories.channel("junbikai", tanaka, miura, kind=Channel.Kind.PRIVATE)
    keep_draft(tanaka, root.channel, text="窓口の話", root=root)
    keep_draft(tanaka, closed, text="内緒の話")
    keep_draft(miura, closed, text="三浦の話")
    client = signed_in(tanaka)
    shown = client.get("/drafts/")
    assert [row.text for row in shown.context["drafts"]] == ["内緒の話", "窓口の話"]
    assert f'href="/posts/{root.pk}/thread/#reply_text"' in shown.content.decode()
    channels.leave_channel(tanaka, closed)
    assert [row.text for row in client.get("/drafts/").context["drafts"]] == ["窓口の話"]
    assert_asks_to_sign_in("/drafts/")
    assert_only("get", "/drafts/", tanaka)


def test_the_empty_list_says_how_drafts_come_about(cast):
    assert "送信するまで自動でここに残ります" in signed_in(cast[0]).get("/drafts/").content.decode()


def test_the_list_asks_the_same_for_many(cast):
    tanaka, miura, root = cast
    client, numbers = signed_in(tanaka), []
    for count in (1, 30):
        for number in range(count):
            keep_draft(tanaka, root.channel, text="文", root=factories.post(miura, root.channel, f"{number}"))
        with CaptureQueriesContext(connection) as counted:
            client.get("/drafts/")
        numbers.append(len(counted))
    assert numbers[0] == numbers[1]


def test_discard_is_ones_own(cast):
    tanaka, miura, root = cast
    draft = keep_draft(tanaka, root.channel, text="いらない")
    address = f"/drafts/{draft.pk}/removal/"
    assert signed_in(miura).post(address).status_code == 404
    assert_only("post", address, tanaka)
    assert Draft.objects.count() == 1
    client = signed_in(tanaka)
    assert (client.post(address).status_code, client.post(address).status_code) == (303, 404)
    assert_asks_to_sign_in(address, "post")
    assert Draft.objects.count() == 0


def test_a_quotation_follows_the_draft(cast):
    tanaka, _, root = cast
    keep_draft(tanaka, root.channel, text="書きかけ", root=root)
    page = signed_in(tanaka).get(f"/posts/{root.pk}/thread/?quote={root.pk}")
    assert field_of(page, "thread").startswith("書きかけ\n\n> [三浦 健太")
    part = signed_in(tanaka).get(f"/posts/{root.pk}/thread/?quote={root.pk}", **PART)
    assert field_of(part, "thread").startswith("> [三浦 健太")
