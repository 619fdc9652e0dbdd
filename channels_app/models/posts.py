"""Posts: what members say. A reply is a post with a root."""

from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from kyoso.lib import markdown

from .channels import Channel, Membership
from .kinds import ARCHIVED

FILES_ALONE = "（ファイル）"
TEXT_LIMIT = 10_000  # characters of Markdown; 64 KB pastes are refused beside the field


class PostQuerySet(models.QuerySet):
    """Sentences about posts."""

    def visible_to(self, member):
        """Posts a member may read: in open channels all, in closed ones those of their own stays.

        The stay decides by event number, so the cut on leaving is exact: joined_n < n <= left_n.
        """
        if not member.is_active:
            return self.none()
        stays = Membership.objects.filter(member=member, channel=OuterRef("channel"))
        inside = stays.filter(Q(left_n=None) | Q(left_n__gte=OuterRef("n")), joined_n__lt=OuterRef("n"))
        return self.filter(~Q(channel__kind__in=Channel.CLOSED_KINDS) | Exists(inside))

    def roots(self):
        """Posts that begin a thread."""
        return self.filter(root=None)

    def in_channel(self):
        """Posts that stand in the channel: roots, and replies their author also shows there."""
        return self.filter(in_channel=True)

    def chronological(self):
        """By their own time, oldest first; `id` breaks ties. The order of every page."""
        return self.order_by("posted_at", "id")

    def insert_once(self, post) -> bool:
        """Insert a new post and set its id, or return False when its author's `cid` is there already.

        One statement: get_or_create needs four, and bulk_create(ignore_conflicts=True) learns no id.
        """
        fields = [field for field in Post._meta.concrete_fields if not field.primary_key]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        places = ", ".join(["%s"] * len(fields))
        values = [field.get_db_prep_save(getattr(post, field.attname), connection) for field in fields]
        with connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{Post._meta.db_table}" ({columns}) VALUES ({places}) '  # noqa: S608
                "ON CONFLICT (author_id, cid) DO NOTHING RETURNING id",
                values,
            )
            inserted = cursor.fetchone()
        post.pk = inserted[0] if inserted else None
        post._state.adding = inserted is None
        return inserted is not None


class Post(models.Model):
    """Something a member said in a channel, with the affiliation of its day.

    `n` is the number of the event that published it; `v` grows by 1 with every change that alters a
    fragment of the post, whichever part. `html` is made once per revision from `text`.
    """

    # db_index=False: the indexes and constraints of Meta begin with these columns.
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="posts", db_index=False)
    author = models.ForeignKey("accounts.Member", models.PROTECT, related_name="posts", db_index=False)
    affiliation = models.ForeignKey("accounts.Affiliation", models.PROTECT, related_name="+", db_index=False)
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies", db_index=False
    )
    cid = models.UUIDField()
    n = models.BigIntegerField(null=True)
    v = models.IntegerField(default=1)
    text = models.TextField()
    html = models.TextField()
    posted_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        "accounts.Member", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    in_channel = models.BooleanField(default=True)
    reply_count = models.PositiveIntegerField(default=0)
    last_reply_at = models.DateTimeField(null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["author", "cid"], name="post_once_per_cid"),
            models.CheckConstraint(condition=~Q(root=F("id")), name="post_is_not_its_own_root"),
            models.CheckConstraint(
                condition=Q(in_channel=True) | Q(root__isnull=False), name="post_root_stands_in_channel"
            ),
        ]
        indexes = [
            models.Index(
                F("channel"),
                F("posted_at").desc(),
                F("id").desc(),
                condition=Q(in_channel=True),
                name="post_timeline",
            ),
            models.Index(
                fields=["root", "posted_at", "id"], condition=Q(root__isnull=False), name="post_thread"
            ),
            models.Index(fields=["channel", "n"], condition=Q(in_channel=True), name="post_unread"),
        ]

    def __str__(self) -> str:
        return f"Post {self.pk}"

    def get_absolute_url(self) -> str:
        return f"/posts/{self.pk}/"

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread."""
        return self.root_id is not None

    @property
    def thread_id(self) -> int:
        """The id of the thread's root: its own for a root."""
        return self.root_id or self.pk

    def excerpt(self, length: int = 80) -> str:
        """Its first `length` characters on one line; files that stand alone are said in a word."""
        return markdown.excerpt(self.html, length) or FILES_ALONE

    @property
    def affiliation_label(self) -> str:
        """Where the author worked, by the name of that time: it never changes, so fragments stay true."""
        return self.affiliation.label_at(self.posted_at)

    def refusal_to_edit(self, member) -> str:
        """Why `member` may not change the wording, as a sentence to show, or "" when they may.

        Only the author, not after removal, and not in an archived channel, which can be read only.
        """
        if self.author_id != member.pk or self.removed_at:
            return "編集できるのは、自分の投稿だけです。"
        return ARCHIVED if self.channel.archived_at else ""

    def can_be_removed_by(self, member) -> bool:
        """The author or the secretariat; once."""
        return self.removed_at is None and (self.author_id == member.pk or member.is_secretariat)


class Revision(models.Model):
    """An earlier wording of an edited post, kept because an edit must not hide what was answered."""

    post = models.ForeignKey(Post, models.CASCADE, related_name="revisions")
    text = models.TextField()
    written_at = models.DateTimeField()
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.post_id} until {self.replaced_at:%Y-%m-%d}"
