"""The event log: the truth of live updates. Written only by channels_app.live.log."""

from django.db import models
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now


class Xid8Field(models.Field):
    """PostgreSQL's 64-bit transaction id, as an int in Python. Set by the database, never by us."""

    def db_type(self, connection) -> str:
        return "xid8"

    def from_db_value(self, value, expression, connection) -> int | None:
        return None if value is None else int(value)

    def get_prep_value(self, value):
        return None if value is None else str(value)


class LiveStream(models.Model):
    """One numbered history: a channel (c), a member (u) or the whole site (s).

    `head` is the last number given out, `floor` the highest that can no longer be replayed, `posts` how many
    channel-visible posts were ever published; it never goes down.
    """

    class Kind(models.TextChoices):
        CHANNEL = "c"
        MEMBER = "u"
        SITE = "s"

    kind = models.CharField(max_length=1, choices=Kind)
    ref_id = models.BigIntegerField(default=0)
    head = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    posts = models.BigIntegerField(default=0)

    class Meta:
        db_table = "live_stream"
        constraints = [models.UniqueConstraint(fields=["kind", "ref_id"], name="live_stream_key")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The stream's name on the wire: c42, u7, s."""
        return "s" if self.kind == self.Kind.SITE else f"{self.kind}{self.ref_id}"


class LiveEvent(models.Model):
    """One change, numbered without gaps in its stream. Thin: ids and a version, no text."""

    class Kind(models.IntegerChoices):
        """An append-only list; a code is never re-used. Labels are the names on the wire."""

        POST_PUBLISHED = 1, "post.published"
        POST_EDITED = 2, "post.edited"
        POST_REMOVED = 3, "post.removed"
        POST_REACTED = 4, "post.reacted"
        POST_REPLIED = 5, "post.replied"
        QUESTION_CHANGED = 6, "question.changed"
        POST_PINNED = 9, "post.pinned"
        CHANNEL_CHANGED = 20, "channel.changed"
        CHANNEL_RELOADED = 21, "channel.reloaded"
        MEMBER_JOINED = 22, "member.joined"
        MEMBER_LEFT = 23, "member.left"
        NOTIFIED = 40, "notified"
        READ = 41, "read"
        MEMBERSHIP_CHANGED = 42, "membership.changed"
        REACTED = 43, "reacted"
        SESSION_REVOKED = 45, "session.revoked"
        CHANNELS_CHANGED = 60, "channels.changed"
        MEMBER_CHANGED = 63, "member.changed"
        MEMBER_SUSPENDED = 64, "member.suspended"

    pk = models.CompositePrimaryKey("stream_id", "n")
    stream = models.ForeignKey(LiveStream, models.CASCADE, db_index=False, related_name="events")
    n = models.BigIntegerField()
    xid = Xid8Field(db_default=RawSQL("pg_current_xact_id()", ()), db_index=True)
    at = models.DateTimeField(db_default=Now())
    kind = models.SmallIntegerField(choices=Kind)
    obj_id = models.BigIntegerField()
    ver = models.IntegerField(default=1)
    actor_id = models.BigIntegerField(null=True)
    aux = models.JSONField(null=True)

    class Meta:
        db_table = "live_event"
        indexes = [models.Index(fields=["at"], name="live_event_by_age")]

    def __str__(self) -> str:
        return f"{self.stream_id}:{self.n} {self.get_kind_display()}"


class LiveMeta(models.Model):
    """The one row that names the history. A restore or failover changes `epoch`: clients start over."""

    epoch = models.UUIDField()
    timeline = models.CharField(max_length=8, blank=True)

    class Meta:
        db_table = "live_meta"

    def __str__(self) -> str:
        return str(self.epoch)
