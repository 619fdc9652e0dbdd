"""Organisations: the local bodies and agencies whose staff meet here, and the mail domains they own."""

from datetime import UTC, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone

from kyoso.lib.eras import in_era
from kyoso.lib.japanese import nfkc, to_hiragana

from .population_bands import Band, band_of

PREFECTURES = (
    *("北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県"),
    *("埼玉県", "千葉県", "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県"),
    *("岐阜県", "静岡県", "愛知県", "三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県"),
    *("鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県", "福岡県"),
    *("佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"),
)
PREFECTURE_NAMES = {f"{number:02d}": name for number, name in enumerate(PREFECTURES, start=1)}


class OrganisationQuerySet(models.QuerySet):
    """Sentences about organisations."""

    def existing(self, on=None):
        """Organisations that exist on a date (default today): merged and abolished ones are left out."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))

    def visible_to(self, member):
        """Every organisation, also merged and abolished ones (old posts name them); none for a stranger."""
        return self.all() if member.is_active else self.none()

    def of_prefecture(self, code: str):
        """The prefecture itself and every body in it, in the order of their kana."""
        return self.filter(prefecture_code=code).order_by("-is_prefecture", "kana")

    def found_by(self, words: str):
        """Organisations for which every word is in the name, a former name or the reading, or is the code.

        A word of two or more signs may also begin the name of the prefecture: 「東京 府中」.
        """
        found = self.alias(names_before=Cast("former_names", models.TextField()))
        for word in nfkc(words).split():
            named = Q(name__icontains=word) | Q(kana__contains=to_hiragana(word)) | Q(slug=word.lower())
            named |= Q(names_before__icontains=word)
            if len(word) > 1:
                begun = [code for code, name in PREFECTURE_NAMES.items() if name.startswith(word)]
                named |= Q(prefecture_code__in=begun)
            found = found.filter(named)
        return found

    def with_member_counts(self):
        """Adds `member_count`: the active members who work there now."""
        working = Q(affiliations__valid_to=None, affiliations__member__is_active=True)
        return self.annotate(member_count=models.Count("affiliations", filter=working))


class Organisation(models.Model):
    """A body whose staff may join: prefecture, municipality, agency, union or public enterprise.

    `code` is the 全国地方公共団体コード with its check digit (JIS X 0401/0402); agencies have none, so `slug`
    is the natural key of all: the code, or the agency's domain. `former_names` holds [until when, name], the
    oldest first, so that a post can print the name of its moment without a query.
    """

    class Kind(models.TextChoices):
        PREFECTURE = "prefecture", "都道府県"
        DESIGNATED_CITY = "designated_city", "政令指定都市"
        SPECIAL_WARD = "special_ward", "特別区"
        CITY = "city", "市"
        TOWN = "town", "町"
        VILLAGE = "village", "村"
        AGENCY = "agency", "国の機関"
        UNION = "union", "一部事務組合・広域連合"
        PUBLIC_ENTERPRISE = "public_enterprise", "地方公営企業・地方独法"

    slug = models.CharField("識別名", max_length=64, unique=True)
    code = models.CharField("全国地方公共団体コード", max_length=6, unique=True, null=True, blank=True)
    kind = models.CharField("種別", max_length=20, choices=Kind)
    name = models.CharField("名称", max_length=80)
    kana = models.CharField("かな", max_length=120)
    gun = models.CharField("郡", max_length=20, blank=True)
    gun_kana = models.CharField("郡のかな", max_length=40, blank=True)
    prefecture_code = models.CharField("都道府県コード", max_length=2, blank=True, db_index=True)
    population = models.PositiveIntegerField("人口", null=True, blank=True)
    valid_from = models.DateField("設置日", null=True, blank=True)
    valid_to = models.DateField("廃止日", null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    former_names = models.JSONField("以前の名称", default=list, blank=True)
    is_prefecture = models.GeneratedField(
        expression=models.Case(
            models.When(kind="prefecture", then=models.Value(True)), default=models.Value(False)
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["prefecture_code", "-is_prefecture", "kana"]
        constraints = [
            models.CheckConstraint(
                condition=Q(code=None) | Q(code__regex=r"^[0-9]{6}$"), name="organisation_code_is_six_digits"
            )
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def prefecture_name(self) -> str:
        """都道府県名, or "" for agencies."""
        return PREFECTURE_NAMES.get(self.prefecture_code, "")

    @property
    def full_name(self) -> str:
        """The name as it is always shown: with its prefecture, because 57 municipalities share 25 names."""
        return self._in_full(self.name)

    def full_name_at(self, moment) -> str:
        """The name shown at a moment (an aware datetime): what was said keeps the name of its day."""
        then = moment.astimezone(UTC).isoformat()
        return self._in_full(next((name for until, name in self.former_names if then < until), self.name))

    def _in_full(self, name: str) -> str:
        if self.is_local and self.kind != self.Kind.PREFECTURE:
            return f"{self.prefecture_name} {name}"
        return name

    def exists_on(self, day) -> bool:
        """Whether it exists on a date."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    @property
    def fate(self) -> str:
        """What became of it, as a note: 「令和8年4月1日に富山県 氷見市へ合併」; "" while it exists."""
        if self.valid_to is None:
            return ""
        day = in_era(self.valid_to + timedelta(days=1))
        return f"{day}に{self.successor.full_name}へ合併" if self.successor else f"{day}に廃止"

    @property
    def is_local(self) -> bool:
        """Whether it is a local body, not a national agency."""
        return self.kind != self.Kind.AGENCY

    @property
    def band(self) -> Band:
        """Its size, by which voices are counted."""
        return band_of(self.kind, self.population, self.code)

    @property
    def badge(self) -> tuple[str, str]:
        """(kind, label) of the badge its staff wear."""
        if self.kind == self.Kind.AGENCY:
            return "agency", "国の機関"
        if self.kind == self.Kind.PREFECTURE:
            return "prefecture", "都道府県"
        return "municipality", "市区町村"


class KindManager(models.Manager.from_queryset(OrganisationQuerySet)):  # type: ignore[misc]
    """Organisations of the proxy's kinds only."""

    def get_queryset(self):
        return super().get_queryset().filter(kind__in=self.model.KINDS)


class Prefecture(Organisation):
    """One of the 47 都道府県."""

    KINDS = (Organisation.Kind.PREFECTURE,)
    objects: ClassVar[KindManager] = KindManager()

    class Meta:
        proxy = True


class Municipality(Organisation):
    """One of the 1,741 市区町村 (special wards included, wards of designated cities not)."""

    KINDS = tuple(
        Organisation.Kind[k] for k in ("DESIGNATED_CITY", "SPECIAL_WARD", "CITY", "TOWN", "VILLAGE")
    )
    objects: ClassVar[KindManager] = KindManager()

    class Meta:
        proxy = True


class Agency(Organisation):
    """A 府省庁 or other national body."""

    KINDS = (Organisation.Kind.AGENCY,)
    objects: ClassVar[KindManager] = KindManager()

    class Meta:
        proxy = True


class EmailDomainQuerySet(models.QuerySet):
    """Sentences about domains."""

    def visible_to(self, member):
        """Domains with their evidence are for approvers and the secretariat."""
        return self.all() if member.is_active and member.approves_registrations else self.none()


class EmailDomain(models.Model):
    """A mail domain that belongs to one organisation, with the evidence somebody recorded for it."""

    class Kind(models.TextChoices):
        BOUND = "bound", "団体の専用ドメイン"
        AGENCY = "agency", "府省庁のドメイン"
        EXCEPTION = "exception", "例外として認めたドメイン"

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="email_domains")
    domain = models.CharField("ドメイン", max_length=253, unique=True)
    kind = models.CharField("種別", max_length=10, choices=Kind)
    evidence = models.TextField("根拠", blank=True)
    bound_at = models.DateTimeField("登録日時", default=timezone.now)
    bound_by = models.ForeignKey("accounts.Member", models.SET_NULL, null=True, blank=True, related_name="+")
    expires_on = models.DateField("期限", null=True, blank=True)

    objects = EmailDomainQuerySet.as_manager()

    def __str__(self) -> str:
        return self.domain

    @property
    def has_expired(self) -> bool:
        """Whether its last day is over."""
        return self.expires_on is not None and self.expires_on < timezone.localdate()
