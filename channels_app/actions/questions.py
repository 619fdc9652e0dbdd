"""Questions: asking, accepting an answer, closing without one."""

from collections.abc import Iterable

from django.utils import timezone

from channels_app.actions.refusals import Refused
from channels_app.actions.versions import raise_version
from channels_app.live import announce_questions
from channels_app.models import Post, Question
from channels_app.models.kinds import ARCHIVED
from kyoso import jobs
from kyoso.lib.deeds import deed

NOT_YOURS = "答えを決められるのは、質問した人、チャンネルの世話役、事務局だけです。"
NO_QUESTION = "この投稿は質問ではありません。"


def ask(post: Post, title: str) -> None:
    """Make a root post, just inserted, a question; a reply, or one without `title` (80 characters), is none.

    Called by publish_post inside its transaction. Side effect: the Question row.
    """
    if title and not post.is_reply:
        Question.objects.create(post=post, channel=post.channel, title=title)
    else:
        # Its fragment is made from this object: spare it the question whether there is one.
        Post._meta.get_field("question").set_cached_value(post, None)


@deed
def accept_answer(member, reply: Post) -> Question:
    """Accept a reply as the answer to its thread's question, in place of an earlier one.

    Accepting it again changes nothing. Raises Refused for anybody but the asker, a steward or the
    secretariat, for a removed reply and where nothing was asked. Side effects in order: the question (answer,
    accepted_at, accepted_by, no longer closed), the versions of the root, the reply and the earlier answer,
    the jobs that tell the authors, the announcement.
    """
    reply = _held(reply)
    question = _settled_by(member, reply.thread_id)
    if question.answer_id == reply.pk:
        return question
    if not reply.is_reply or reply.removed_at:
        raise Refused("取り消された投稿は、答えとして採用できません。")
    touched = {question.post_id, reply.pk, question.answer_id}
    question.answer, question.accepted_at, question.accepted_by = reply, timezone.now(), member
    question.closed_at = None
    return _settle(member, question, touched)


@deed
def withdraw_answer(member, reply: Post) -> Question:
    """Take back that a reply is the answer; of a reply that is none, this changes nothing.

    Raises Refused as accept_answer. Side effects in order: the question, the versions, the announcement.
    """
    reply = _held(reply)
    question = _settled_by(member, reply.thread_id)
    return _without_answer(member, question, reply)


def forget_answer(member, reply: Post) -> None:
    """A removed reply is no answer any more. Called by remove_post inside its transaction, before its event.

    Side effects as withdraw_answer, whoever removes it.
    """
    question = _locked().filter(answer=reply).first()
    if question:
        _without_answer(member, question, reply)


def _without_answer(member, question: Question, reply: Post) -> Question:
    if question.answer_id != reply.pk:
        return question
    question.answer = question.accepted_at = question.accepted_by = None
    return _settle(member, question, {question.post_id, reply.pk})


@deed
def close_question(member, root: Post) -> Question:
    """End a question without an answer; a closed or solved one stays as it is.

    Raises Refused as accept_answer. Side effects in order: closed_at, the root's version, the announcement.
    """
    question = _settled_by(member, root.pk)
    if question.closed_at or question.answer_id:
        return question
    question.closed_at = timezone.now()
    return _settle(member, question, {question.post_id})


@deed
def reopen_question(member, root: Post) -> Question:
    """Let a closed question wait for an answer again; an open one stays as it is.

    Raises Refused as accept_answer. Side effects in order: closed_at, the root's version, the announcement.
    """
    question = _settled_by(member, root.pk)
    if question.closed_at is None:
        return question
    question.closed_at = None
    return _settle(member, question, {question.post_id})


def _held(reply: Post) -> Post:
    """The reply, locked before its question, as a removal takes them: nothing removed becomes an answer."""
    return Post.objects.select_for_update(no_key=True, of=("self",)).get(pk=reply.pk)


def _locked():
    return Question.objects.select_for_update(no_key=True, of=("self",)).select_related("post__channel")


def _settled_by(member, root_id: int) -> Question:
    """The question of a thread, locked, if the member may settle it."""
    question = _locked().filter(post=root_id).first()
    if question is None:
        raise Refused(NO_QUESTION)
    if question.post.removed_at:
        raise Refused("取り消された質問は変えられません。")
    if question.post.channel.archived_at:
        raise Refused(ARCHIVED)
    if not member.is_active or not question.can_be_settled_by(member):
        raise Refused(NOT_YOURS)
    return question


def _settle(member, question: Question, touched: Iterable[int | None]) -> Question:
    """Save, raise the versions of what shows it, tell the authors of answers, and announce them."""
    question.save(update_fields=["answer", "accepted_at", "accepted_by", "closed_at"])
    # Replies before their root, as a removal takes them.
    posts = [raise_version(post_id) for post_id in sorted(filter(None, touched), reverse=True)]
    for reply in filter(lambda post: post.is_reply, posts):
        jobs.enqueue("tell_of_answer", post_id=reply.pk)
    announce_questions.question_changed(posts, member)
    return question
