"""Members: verified staff with a real name."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Prefetch, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from kyoso.lib import eras
from kyoso.lib.japanese import folded

from .affiliations import Affiliation
from .ambassadors import Ambassador


class MemberQuerySet(models.QuerySet):
    """Sentences about members."""

    def active(self):
        """Members who may use the site now."""
        return self.filter(is_active=True)

    def inactive(self):
        """Members who may not use the site now: suspended or departed."""
        return self.filter(is_active=False)

    def visible_to(self, member):
        """Whom a member may see: every member, also former ones (their posts stay); nobody for a stranger."""
        return self.all() if member.is_active else self.none()

    def with_affiliations(self):
        """Adds the affiliations, newest first, with their organisations (2 queries whatever the number)."""
        dated = Affiliation.objects.select_related("organisation").order_by("-valid_from", "-id")
        return self.prefetch_related(Prefetch("affiliations", dated))

    def with_terms(self):
        """Adds the terms as ambassador that run today (1 query whatever the number)."""
        return self.prefetch_related(Prefetch("ambassador_terms", Ambassador.objects.serving(), "serving"))

    def found_by(self, words: str):
        """Members whom the directory's search finds (DirectoryRow.objects.found_by); all for ""."""
        found = self
        for word in folded(words).split():
            found = found.filter(directory_row__text__contains=word)
        return found

    def working_at(self, organisation):
        """Members now at one organisation; all for None."""
        if organisation is None:
            return self
        return self.filter(
            pk__in=Affiliation.objects.current().filter(organisation=organisation).values("member")
        )


class MemberManager(BaseUserManager.from_queryset(MemberQuerySet)):  # type: ignore[misc]
    """Django's user manager for accounts keyed by mail address."""

    def create_user(self, email: str, password: str | None = None, **facts):
        """Create a member with a usable password. Applicants come in by accounts.actions instead."""
        member = self.model(email=self.normalize_email(email).lower(), **facts)
        member.set_password(password)
        member.save(using=self._db)
        return member


class Member(AbstractBaseUser):
    """A verified person with a real name; one person, one account. AUTH_USER_MODEL."""

    class Role(models.TextChoices):
        MEMBER = "member", "会員"
        APPROVER = "approver", "審査担当"
        SECRETARIAT = "secretariat", "事務局"

    class Digest(models.TextChoices):
        """How often what is new comes by mail."""

        OFF = "off", "受け取らない"
        DAILY = "daily", "毎日（平日の8時30分）"
        WEEKLY = "weekly", "毎週（月曜日の8時30分）"

    class Era(models.TextChoices):
        """How years are written on pages (kyoso.lib.eras)."""

        SEIREKI = eras.SEIREKI, "西暦（2026年）"
        WAREKI = eras.WAREKI, "元号（令和8年）"

    class Announcing(models.TextChoices):
        """What a screen reader is told of new posts in the open channel."""

        OFF = "off", "読み上げない"
        COUNT = "count", "件数だけ"
        FULL = "full", "名前と本文"

    class Theme(models.TextChoices):
        """Light or dark pages."""

        AUTO = "auto", "端末の設定に合わせる"
        LIGHT = "light", "明るい"
        DARK = "dark", "暗い"

    email = models.EmailField("職場のメールアドレス", max_length=254, unique=True)
    name = models.CharField("氏名", max_length=60)
    kana = models.CharField("ふりがな", max_length=80)
    role = models.CharField("役割", max_length=12, choices=Role, default=Role.MEMBER)
    introduction = models.CharField("自己紹介", max_length=400, blank=True)
    helps_with = models.CharField("お手伝いできること", max_length=200, blank=True)
    picture = models.CharField("写真", max_length=64, blank=True)
    conduct_version = models.CharField("同意した行動規範の版", max_length=20, blank=True)
    digest = models.CharField(
        "まとめメール", max_length=6, choices=Digest, default=Digest.WEEKLY, db_default="weekly"
    )
    digest_sent_at = models.DateTimeField(null=True, blank=True)
    era = models.CharField(
        "年の表し方", max_length=7, choices=Era, default=Era.SEIREKI, db_default=eras.SEIREKI
    )
    enter_sends = models.BooleanField("Enterで送信する", default=False, db_default=False)
    announcing = models.CharField(
        "読み上げ", max_length=5, choices=Announcing, default=Announcing.COUNT, db_default="count"
    )
    single_keys = models.BooleanField("一文字のショートカット", default=True, db_default=True)
    theme = models.CharField("明るさ", max_length=5, choices=Theme, default=Theme.AUTO, db_default="auto")
    ladder_closed_at = models.DateTimeField(null=True, blank=True)  # the first steps on one's home
    joined_at = models.DateTimeField("参加日時", default=timezone.now)
    suspended_at = models.DateTimeField("利用停止日時", null=True, blank=True)
    departed_at = models.DateTimeField("退会日時", null=True, blank=True)
    is_active = models.GeneratedField(
        expression=Q(suspended_at=None) & Q(departed_at=None),  # type: ignore[arg-type]
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = MemberManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name", "kana"]

    class Meta:
        ordering = ["kana", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="member_email_is_lower_case")
        ]
        indexes = [
            models.Index(fields=["kana", "id"], name="member_by_kana"),
            models.Index(fields=["picture"], condition=~Q(picture=""), name="member_by_picture"),
            models.Index(fields=["id"], condition=Q(is_active=False), name="member_not_active"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def affiliation(self) -> Affiliation | None:
        """The current affiliation; no query when `with_affiliations()` fetched them."""
        if "affiliations" in getattr(self, "_prefetched_objects_cache", {}):
            return next((a for a in self.affiliations.all() if a.valid_to is None), None)
        return self.affiliations.select_related("organisation").filter(valid_to=None).first()

    @property
    def is_ambassador(self) -> bool:
        """Whether a term as ambassador runs today; no query when `with_terms()` fetched them."""
        if hasattr(self, "serving"):
            return bool(self.serving)
        return Ambassador.objects.serving().filter(member=self).exists()

    @property
    def initial(self) -> str:
        """The first character of the family name, for the avatar."""
        return self.name[:1]

    @property
    def expertise(self) -> list[str]:
        """The words of 「お手伝いできること」, one by one."""
        return [word for word in self.helps_with.split("、") if word]

    @property
    def tone(self) -> int:
        """The avatar's colour, 1 to 8: fixed by the member's id so that a face keeps its colour."""
        return self.pk % 8 + 1

    @property
    def approves_registrations(self) -> bool:
        """Whether the desk is open to this member: approvers and the secretariat."""
        return self.role in {self.Role.APPROVER, self.Role.SECRETARIAT}

    @property
    def is_secretariat(self) -> bool:
        """Whether this member runs the site."""
        return self.role == self.Role.SECRETARIAT
