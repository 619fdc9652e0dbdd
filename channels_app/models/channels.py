"""Channels and who is in them."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .kinds import ARCHIVED, BEHAVIOURS, OUTSIDE, Behaviour
from .live import LiveStream
from .peers import peer_class_of


class ChannelQuerySet(models.QuerySet):
    """Sentences about channels. `visible_to` is the only door to a channel from a view."""

    def visible_to(self, member):
        """Channels a member may read: every open kind, and closed kinds they are in now."""
        if not member.is_active:
            return self.none()
        closed = Q(kind__in=Channel.CLOSED_KINDS) & ~Exists(Membership.objects.current().of(member))
        return self.exclude(closed)

    def listed_for(self, member):
        """What the directory shows: what they may read, and the private groups of their region that say so.

        Of a group that one is not in only its card is shown. A group without a region is listed to all.
        """
        if not member.is_active:
            return self.none()
        region, _ = home_of(member)
        told = Q(listed_at__isnull=False, kind=Channel.Kind.PRIVATE, prefecture_code__in={"", region})
        hidden = [kind for kind, behaviour in BEHAVIOURS.items() if not behaviour.is_listed]
        return self.filter(Q(pk__in=self.visible_to(member).values("pk")) | told).exclude(kind__in=hidden)

    def of_home(self, member):
        """The regional channels of a member's prefecture and class; none without an affiliation."""
        region, peers = home_of(member)
        here = Q(prefecture_code__in={"", region}, peer_class__in={"", peers})
        return self.filter(here, kind=Channel.Kind.REGIONAL).exclude(prefecture_code="", peer_class="")

    def joined_by(self, member):
        """Channels a member is in now."""
        return self.filter(Exists(Membership.objects.current().of(member)))

    def living(self):
        """Channels that are not archived."""
        return self.filter(archived_at=None)


def home_of(member) -> tuple[str, str]:
    """(prefecture code, peer class) of where a member works now, "" for what there is not."""
    if member.affiliation is None:
        return "", ""
    organisation = member.affiliation.organisation
    return organisation.prefecture_code, peer_class_of(organisation)


class Channel(models.Model):
    """A place for one topic, region or purpose."""

    class Kind(models.TextChoices):
        """What a channel is for decides who may read and who may open a thread."""

        TOPIC = "topic", "テーマ"
        REGIONAL = "regional", "地域"
        ANNOUNCEMENT = "announcement", "お知らせ"
        CASUAL = "casual", "交流"
        PRACTICE = "practice", "練習"
        PRIVATE = "private", "非公開"
        DIRECT = "direct", "ダイレクト"

    class PeerClass(models.TextChoices):
        """Bodies with like duties; a regional channel may be for one class instead of one prefecture."""

        PREFECTURES = "prefectures", "都道府県"
        DESIGNATED = "designated", "指定都市"
        CORE = "core", "中核市"
        WARDS = "wards", "特別区"
        CITIES = "cities", "市"
        TOWNS = "towns", "町村"
        AGENCIES = "agencies", "国の機関"

    CLOSED_KINDS = tuple(kind for kind, behaviour in BEHAVIOURS.items() if behaviour.is_closed)

    slug = models.SlugField("アドレス", max_length=60, unique=True)
    kind = models.CharField("種別", max_length=12, choices=Kind, default=Kind.TOPIC)
    name = models.CharField("名前", max_length=40)
    kana = models.CharField("読み", max_length=80, blank=True, db_default="")
    purpose = models.CharField("目的", max_length=200, blank=True)
    category = models.CharField("分類", max_length=20, blank=True)
    prefecture_code = models.CharField("都道府県コード", max_length=2, blank=True)
    by_default = models.BooleanField("はじめから参加", default=False)
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)
    last_post_at = models.DateTimeField(null=True, blank=True)
    v = models.IntegerField(default=1)
    # Counted when somebody joins or leaves: a page never counts 15,000 stays.
    member_count = models.PositiveIntegerField(default=0)
    organisation_count = models.PositiveIntegerField(default=0)
    peer_class = models.CharField("団体の区分", max_length=12, choices=PeerClass, blank=True)
    guide = models.TextField("案内", blank=True)
    guide_html = models.TextField(blank=True)
    guide_edited_at = models.DateTimeField(null=True, blank=True)
    # A private group may say that it exists, to the members of its region.
    listed_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    # The ids of those who talk in a direct channel, ascending: "7-12-40". One channel per set.
    direct_key = models.CharField(max_length=200, unique=True, null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["category", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/channels/{self.slug}/"

    @property
    def stream(self) -> str:
        """The channel's live stream on the wire."""
        return f"{LiveStream.Kind.CHANNEL}{self.pk}"

    @property
    def behaviour(self) -> Behaviour:
        """How its kind differs from others (models/kinds.py)."""
        return BEHAVIOURS[self.kind]

    @property
    def is_closed(self) -> bool:
        """Whether it is visible to its members only."""
        return self.behaviour.is_closed

    def refusal_to_post(self, member, membership, *, replying: bool = False) -> str:
        """Why `member` may not post here, as a sentence to show, or "" when they may.

        `membership` is the member's current Membership or None. Replies are open to every member of an
        announcement channel.
        """
        if self.archived_at:
            return ARCHIVED
        if membership is None:
            return OUTSIDE
        refusal = "" if replying else self.behaviour.refusal_to_open(member)
        return refusal or self.behaviour.refusal_to_write(self, member)

    def is_tended_by(self, member, role: str) -> bool:
        """Whether a member with this role in it edits its guide and pins, and lets others in.

        Its stewards and its owner do; the secretariat too, except where a group is by itself.
        """
        return role in Membership.TENDING or (member.is_secretariat and not self.is_closed)

    def is_pinned_by(self, member, role: str) -> bool:
        """Whether a member with this role in it ("" for none) may pin posts and take pins off."""
        return bool(role and self.behaviour.everybody_pins) or self.is_tended_by(member, role)

    def is_led_by(self, member, role: str) -> bool:
        """Whether a member with this role in it appoints its stewards."""
        if self.behaviour.owner_leads:
            return role == Membership.Role.OWNER
        return member.is_secretariat and not self.is_closed


class MembershipQuerySet(models.QuerySet):
    """Sentences about memberships."""

    def current(self):
        """Memberships that have not ended."""
        return self.filter(left_n=None)

    def of(self, member):
        """One member's; inside Exists() joined to the outer channel."""
        return self.filter(member=member, channel=OuterRef("pk"))


class Membership(models.Model):
    """One stay of a member in a channel, from the event `joined_n` to the event `left_n`.

    A second stay is a second row, so that a closed channel's history between two stays remains closed.
    Unread = stream.posts - read_posts; nothing is written per recipient when a post is published.
    """

    class Role(models.TextChoices):
        MEMBER = "member", "参加者"
        STEWARD = "steward", "世話役"
        OWNER = "owner", "代表者"

    class Level(models.TextChoices):
        """What of a channel reaches the inbox. Counts in the list are hidden by muting, not by this."""

        ALL = "all", "すべての投稿"
        MENTIONS = "mentions", "呼びかけと返信"
        NONE = "none", "なし"

    TENDING = (Role.STEWARD, Role.OWNER)

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="memberships", db_index=False)
    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=8, choices=Role, default=Role.MEMBER)
    joined_at = models.DateTimeField(default=timezone.now)
    joined_n = models.BigIntegerField()
    left_n = models.BigIntegerField(null=True, blank=True)
    last_read_n = models.BigIntegerField()
    read_posts = models.BigIntegerField()
    favourite_at = models.DateTimeField(null=True, blank=True)
    muted_at = models.DateTimeField(null=True, blank=True)
    level = models.CharField(max_length=8, choices=Level, default=Level.MENTIONS, db_default="mentions")
    section = models.ForeignKey(
        "channels_app.Section", models.SET_NULL, null=True, blank=True, related_name="memberships"
    )

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "member"], condition=Q(left_n=None), name="membership_one_current"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.channel_id}"


class FormerAddress(models.Model):
    """An address a channel had before: links to it keep working after a rename or a merger."""

    slug = models.SlugField(max_length=60, unique=True)
    channel = models.ForeignKey(Channel, models.CASCADE, related_name="former_addresses")
    left_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.slug
