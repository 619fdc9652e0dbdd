"""The question board of a channel, and settling a question."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app import fragments
from channels_app.actions.channels import leave_channel
from channels_app.actions.posts import remove_post
from channels_app.actions.questions import accept_answer, close_question
from channels_app.models import Channel, Question
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
BOARD = "/channels/madoguchi-dx/questions/"


class Asked:
    """Questions of Tanaka in every state, and what Miura replied."""

    def __init__(self):
        self.tanaka, self.miura = person("tanaka"), person("miura")
        self.channel = factories.channel("madoguchi-dx", self.tanaka, self.miura)
        self.unanswered, self.answered, self.solved, self.closed = (
            factories.post(self.tanaka, self.channel, title=f"{state}の質問")
            for state in ("まだ", "返信つき", "解決", "終えた")
        )
        self.reply, self.answer = (
            factories.post(self.miura, self.channel, "こうしました", root=root)
            for root in (self.answered, self.solved)
        )
        accept_answer(self.tanaka, self.answer)
        close_question(self.tanaka, self.closed)


@pytest.fixture
def asked():
    return Asked()


def shown(client, address: str) -> list[str]:
    return [question.title for question in client.get(address).context["questions"]]


def test_index_has_a_tab_per_state_the_newest_first(asked):
    client = signed_in(asked.miura)
    assert shown(client, BOARD) == ["返信つきの質問", "まだの質問"]
    assert shown(client, f"{BOARD}?state=unanswered") == ["まだの質問"]
    assert shown(client, f"{BOARD}?state=solved") == ["解決の質問"]
    everything = ["終えたの質問", "解決の質問", "返信つきの質問", "まだの質問"]
    assert shown(client, f"{BOARD}?state=all") == everything
    assert shown(client, f"{BOARD}?state=nonsense") == ["返信つきの質問", "まだの質問"]


def test_index_says_states_in_words_and_leads_to_thread_and_answer(asked):
    page = signed_in(asked.miura).get(f"{BOARD}?state=all").content.decode()
    for word in ("未回答", "回答あり", "解決済み", "受付終了"):
        assert f"</svg>{word}</span>" in page
    assert f'<a class="ky-asked__title" href="/posts/{asked.solved.pk}/thread/">解決の質問</a>' in page
    link = page.split(f'<a class="ky-solved" href="/posts/{asked.answer.pk}/">')[1].split("</a>")[0]
    assert link.split("</svg>")[1] == '採用した答えを見る<span class="ky-hidden">：解決の質問</span>'


def test_index_leaves_out_other_channels_and_removed_questions(asked):
    elsewhere = factories.channel("zatsudan", asked.tanaka, name="雑談")
    factories.post(asked.tanaka, elsewhere, title="よその質問")
    remove_post(asked.tanaka, asked.unanswered)
    assert shown(signed_in(asked.miura), f"{BOARD}?state=all") == [
        "終えたの質問",
        "解決の質問",
        "返信つきの質問",
    ]


def test_index_turns_pages_by_link_and_asks_the_same_for_1_and_60_questions(asked):
    client, counts = signed_in(asked.miura), []
    for more in (0, 60):
        for number in range(more):
            factories.post(asked.tanaka, asked.channel, title=f"{number}番")
        client.get(BOARD)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(BOARD)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    titles = [question.title for question in answer.context["questions"]]
    assert titles == [f"{number}番" for number in range(59, 29, -1)]
    second = client.get(f"{BOARD}?before={answer.context['next']}")
    assert [question.title for question in second.context["questions"]][:1] == ["29番"]
    assert f"{BOARD}?before={answer.context['next']}" in answer.content.decode()
    third = client.get(f"{BOARD}?before={second.context['next']}")
    assert (shown(client, f"{BOARD}?before={second.context['next']}")[-1], third.context["next"]) == (
        "まだの質問",
        None,
    )


def test_index_of_a_closed_channel_is_for_its_members(asked):
    closed = factories.channel("kaigi", asked.miura, kind=Channel.Kind.PRIVATE, name="会議")
    factories.post(asked.miura, closed, title="内密の質問")
    address = "/channels/kaigi/questions/"
    assert signed_in(asked.tanaka).get(address).status_code == 404
    assert shown(signed_in(asked.miura), address) == ["内密の質問"]
    leave_channel(asked.miura, closed)
    assert signed_in(asked.miura).get(address).status_code == 404


def test_index_habits(asked):
    assert_asks_to_sign_in(BOARD)
    assert_only("get", BOARD, asked.tanaka)
    client = signed_in(asked.tanaka)
    assert client.get("/channels/nai/questions/").status_code == 404
    assert client.get(f"{BOARD}?before=abc").status_code == 404
    page = client.get("/channels/madoguchi-dx/").content.decode()
    assert f'href="{BOARD}"' in page


def settle(client, post, deed: str, **headers):
    return client.post(f"/posts/{post.pk}/question/", {"deed": deed}, **headers)


def test_settle_by_script_gives_every_fragment_that_changed(asked):
    client = signed_in(asked.tanaka)
    told = settle(client, asked.reply, "accept", **JSON)
    shown_now = fragments.posts([asked.answered.pk, asked.reply.pk])
    assert all(fragment.html in told.json()["html"] for fragment in shown_now.values())
    assert "採用された答え" in shown_now[asked.reply.pk].html
    assert "採用した答えを見る" in shown_now[asked.answered.pk].html
    other = factories.post(asked.miura, asked.channel, "こちらがよい", root=asked.answered)
    html = settle(client, other, "accept", **JSON).json()["html"]
    assert html.count("<article") == 3
    assert "採用された答え" not in fragments.post(asked.reply.pk).html


def test_settle_by_form_leads_back_to_the_post(asked):
    client = signed_in(asked.tanaka)
    answer = settle(client, asked.reply, "accept")
    assert (answer.status_code, answer["Location"]) == (
        303,
        f"/posts/{asked.reply.pk}/#post-{asked.reply.pk}",
    )
    for deed, post, state in (
        ("withdraw", asked.reply, "answered"),
        ("close", asked.answered, "closed"),
        ("reopen", asked.answered, "answered"),
    ):
        assert settle(client, post, deed).status_code == 303
        assert Question.objects.get(post=asked.answered).state == state


def test_settle_refuses_others_and_what_is_no_question(asked):
    colleague = signed_in(asked.miura)
    assert error_of(settle(colleague, asked.reply, "accept", **JSON))[0] == 403
    assert settle(colleague, asked.reply, "accept").status_code == 403
    plain = factories.post(asked.tanaka, asked.channel)
    asker = signed_in(asked.tanaka)
    assert settle(asker, plain, "close").status_code == 403
    assert settle(asker, asked.reply, "nonsense").status_code == 422
    assert Question.objects.get(post=asked.answered).state == "answered"


def test_settle_habits(asked):
    address = f"/posts/{asked.reply.pk}/question/"
    assert_asks_to_sign_in(address, "post")
    assert_only("post", address, asked.tanaka)
    assert signed_in(asked.tanaka).post("/posts/999999/question/", {"deed": "accept"}).status_code == 404
    closed = factories.channel("kaigi", asked.miura, kind=Channel.Kind.PRIVATE, name="会議")
    secret = factories.post(asked.miura, closed, title="内密の質問")
    assert settle(signed_in(asked.tanaka), secret, "close").status_code == 404


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("reply", "accept"),
        ("answer", "withdraw"),
        ("unanswered", "close"),
        ("closed", "reopen"),
        ("solved", ""),
    ],
)
def test_the_menu_offers_what_the_asker_may_do(asked, name, offered):
    post = getattr(asked, name)
    address = f"/posts/{post.pk}/menu/"
    assert signed_in(asked.tanaka).get(address, **PART).context["settling"] == offered
    other = signed_in(asked.miura).get(address, **PART)
    assert (other.context["settling"], "/question/" in other.content.decode()) == ("", False)


def test_a_question_is_published_by_the_composer(asked):
    client = signed_in(asked.tanaka)
    address = "/channels/madoguchi-dx/posts/"
    client.post(address, words("本文です", question="on", title=" 見出し\u202eです "))
    assert Question.objects.latest("post").title == "見出しです"
    client.post(address, words("選ばなかった", title="消した見出し"))
    assert Question.objects.filter(title="消した見出し").exists() is False


@pytest.mark.parametrize("title", ["", "　 ", "\u200b", "長" * 81])
def test_a_question_without_a_good_title_is_refused_and_keeps_its_words(asked, title):
    client, count = signed_in(asked.tanaka), Question.objects.count()
    address = "/channels/madoguchi-dx/posts/"
    status, sentence, field = error_of(client.post(address, words(question="on", title=title), **JSON))
    assert (status, field, sentence[:6]) == (422, "title", "質問の見出し")
    page = client.post(address, words("書いた本文", question="on", title=title))
    assert (page.status_code, "書いた本文" in page.content.decode()) == (422, True)
    assert sentence in page.content.decode()
    assert Question.objects.count() == count
