"""Questions: root posts that wait for an answer."""

from typing import Any

from django.db import models
from django.db.models import Q

from .channels import Membership
from .posts import Post


class QuestionQuerySet(models.QuerySet):
    """Sentences about questions."""

    def visible_to(self, member):
        """Questions whose post the member may read and that was not removed."""
        posts = Post.objects.visible_to(member)
        return self.filter(post__in=posts, post__removed_at=None)

    def unanswered(self):
        """Nobody has replied yet."""
        return self.filter(post__reply_count=0, answer=None, closed_at=None)

    def unsolved(self):
        """Open: no reply was accepted, and the asker has not closed it."""
        return self.filter(answer=None, closed_at=None)

    def solved(self):
        """A reply was accepted as the answer."""
        return self.filter(answer__isnull=False)

    def settling_of(self, member, post) -> str:
        """What a member may do with a post's question: accept, withdraw, close, reopen, or "" for nothing."""
        question: Any = self.filter(post=post.thread_id).select_related("post").first()
        if question is None or post.removed_at or not question.can_be_settled_by(member):
            return ""
        if post.is_reply:
            return "withdraw" if question.answer_id == post.pk else "accept"
        if question.answer_id:
            return ""
        return "reopen" if question.closed_at else "close"


class State(models.TextChoices):
    """How far a question has come; the value is also the board's address."""

    UNANSWERED = "unanswered", "未回答"
    ANSWERED = "answered", "回答あり"
    SOLVED = "solved", "解決済み"
    CLOSED = "closed", "受付終了"


class Question(models.Model):
    """What makes a root post a question. `answer` is the accepted reply; `closed_at` ends it without one."""

    post = models.OneToOneField(
        "channels_app.Post", models.CASCADE, related_name="question", primary_key=True
    )
    channel = models.ForeignKey(
        "channels_app.Channel", models.CASCADE, related_name="questions", db_index=False
    )
    title = models.CharField("質問の見出し", max_length=80)
    answer = models.OneToOneField(
        "channels_app.Post", models.SET_NULL, null=True, blank=True, related_name="answers"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        "accounts.Member", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answer=None) | Q(accepted_at__isnull=False), name="question_answer_was_accepted"
            )
        ]
        indexes = [models.Index(fields=["channel", "-post"], name="question_board")]

    def __str__(self) -> str:
        return self.title

    @property
    def state(self) -> State:
        """Solved by an accepted answer, closed without one, or open with or without replies."""
        if self.answer_id:
            return State.SOLVED
        if self.closed_at:
            return State.CLOSED
        return State.ANSWERED if self.post.reply_count else State.UNANSWERED

    def can_be_settled_by(self, member) -> bool:
        """Who may accept an answer or close it: the asker, a steward of the channel, the secretariat."""
        stewards = Membership.objects.current().filter(channel=self.channel_id, role=Membership.Role.STEWARD)
        return (
            self.post.author_id == member.pk
            or member.is_secretariat
            or stewards.filter(member=member).exists()
        )
