"""Asking, accepting an answer, taking it back, closing."""

from uuid import uuid4

import pytest

from channels_app.actions import questions
from channels_app.actions.posts import Refused, publish_post, remove_post
from channels_app.models import LiveEvent, Membership, Post, Question
from tests import factories
from tests.people import person

pytestmark = pytest.mark.django_db
TITLE = "転入の聞き取りを1回で終えられますか"


class Asked:
    """Tanaka asks, Miura answers, Yamamoto is there too."""

    def __init__(self):
        self.tanaka, self.miura, self.yamamoto = person("tanaka"), person("miura"), person("yamamoto")
        self.channel = factories.channel("madoguchi-dx", self.tanaka, self.miura, self.yamamoto)
        self.root = publish_post(
            self.tanaka, self.channel, text="2回聞いています。", cid=uuid4(), title=TITLE
        ).post
        self.reply = factories.post(self.miura, self.channel, "1回にしました。", root=self.root)

    def state(self) -> str:
        """The question's state as it is stored."""
        return Question.objects.get(post=self.root).state

    def events(self) -> list[int]:
        """The posts whose change was said, in order."""
        changed = LiveEvent.objects.filter(kind=LiveEvent.Kind.QUESTION_CHANGED).order_by("n")
        return list(changed.values_list("obj_id", flat=True))

    def versions(self) -> tuple[int, int]:
        """v of the root and of the reply."""
        return tuple(Post.objects.get(pk=pk).v for pk in (self.root.pk, self.reply.pk))


@pytest.fixture
def asked():
    return Asked()


def test_a_title_makes_a_question_and_none_makes_none(asked):
    assert list(Question.objects.values_list("post", "title")) == [(asked.root.pk, TITLE)]
    plain = factories.post(asked.tanaka, asked.channel)
    assert Question.objects.filter(post=plain).exists() is False


def test_a_reply_is_no_question(asked):
    publish_post(asked.miura, asked.channel, text="では", cid=uuid4(), root=asked.root, title="見出し")
    assert Question.objects.count() == 1


def test_a_repeated_attempt_asks_once(asked):
    cid = uuid4()
    for _ in range(2):
        publish_post(asked.tanaka, asked.channel, text="もう一つ", cid=cid, title="もう一つの質問")
    assert Question.objects.filter(title="もう一つの質問").count() == 1


def test_states_follow_replies_answer_and_closing(asked):
    fresh = publish_post(asked.miura, asked.channel, text="?!です", cid=uuid4(), title="まだの質問").post
    assert (fresh.question.state, asked.state()) == ("unanswered", "answered")
    questions.accept_answer(asked.tanaka, asked.reply)
    assert asked.state() == "solved"
    questions.withdraw_answer(asked.tanaka, asked.reply)
    questions.close_question(asked.tanaka, asked.root)
    assert asked.state() == "closed"
    questions.reopen_question(asked.tanaka, asked.root)
    assert asked.state() == "answered"


def test_accepting_raises_both_versions_and_says_so_once(asked):
    before = asked.versions()
    for _ in range(2):
        questions.accept_answer(asked.tanaka, asked.reply)
    assert asked.versions() == (before[0] + 1, before[1] + 1)
    assert asked.events() == [asked.reply.pk, asked.root.pk]
    question = Question.objects.get(post=asked.root)
    assert (question.answer_id, question.accepted_by) == (asked.reply.pk, asked.tanaka)


def test_another_answer_takes_the_place_of_the_first(asked):
    questions.accept_answer(asked.tanaka, asked.reply)
    better = factories.post(asked.yamamoto, asked.channel, "もっとよい方法です。", root=asked.root)
    questions.accept_answer(asked.tanaka, better)
    assert Question.objects.get(post=asked.root).answer_id == better.pk
    assert asked.events()[2:] == [better.pk, asked.reply.pk, asked.root.pk]


def test_accepting_a_reply_of_a_closed_question_opens_and_solves_it(asked):
    questions.close_question(asked.tanaka, asked.root)
    questions.accept_answer(asked.tanaka, asked.reply)
    question = Question.objects.get(post=asked.root)
    assert (question.state, question.closed_at) == ("solved", None)


@pytest.mark.parametrize("who", ["steward", "secretariat"])
def test_stewards_and_the_secretariat_settle_too(asked, who):
    if who == "steward":
        settler = asked.yamamoto
        stay = Membership.objects.filter(member=settler, channel=asked.channel)
        stay.update(role=Membership.Role.STEWARD)
    else:
        settler = person("oonishi")
    questions.accept_answer(settler, asked.reply)
    assert Question.objects.get(post=asked.root).accepted_by == settler


@pytest.mark.parametrize("who", ["miura", "yamamoto", "a former steward"])
def test_others_are_refused_and_change_nothing(asked, who):
    settler = asked.miura if who == "miura" else asked.yamamoto
    if who == "a former steward":
        other = factories.channel("zatsudan", asked.yamamoto, name="雑談")
        Membership.objects.filter(member=asked.yamamoto, channel=other).update(role="steward")
    deeds = (
        lambda: questions.accept_answer(settler, asked.reply),
        lambda: questions.close_question(settler, asked.root),
        lambda: questions.withdraw_answer(settler, asked.reply),
        lambda: questions.reopen_question(settler, asked.root),
    )
    for deed in deeds:
        with pytest.raises(Refused, match="質問した人、チャンネルの世話役、事務局だけ"):
            deed()
    assert (asked.state(), asked.events()) == ("answered", [])


def test_only_standing_replies_are_answers(asked):
    remove_post(asked.miura, asked.reply)
    for post in (asked.reply, asked.root):
        with pytest.raises(Refused, match="答えとして採用できません"):
            questions.accept_answer(asked.tanaka, post)
    plain = factories.post(asked.tanaka, asked.channel)
    with pytest.raises(Refused, match="質問ではありません"):
        questions.close_question(asked.tanaka, plain)


def test_removing_the_answer_opens_the_question_again(asked):
    questions.accept_answer(asked.tanaka, asked.reply)
    remove_post(asked.miura, asked.reply)
    question = Question.objects.get(post=asked.root)
    assert (question.answer, question.accepted_at, question.state) == (None, None, "unanswered")


def test_a_removed_question_stays_as_it_is(asked):
    remove_post(asked.tanaka, asked.root)
    with pytest.raises(Refused, match="取り消された質問"):
        questions.accept_answer(asked.tanaka, asked.reply)
