"""What happened to organisations: created, renamed, merged, abolished, with the date it took effect."""

from django.db import models
from django.utils import timezone

from kyoso.lib.eras import in_era

from .organisations import Organisation


class OrganisationChangeQuerySet(models.QuerySet):
    """Sentences about changes."""

    def planned(self):
        """Changes whose day has not come."""
        return self.filter(taken_effect_at=None)

    def done(self):
        """Changes that took effect: the history members see."""
        return self.exclude(taken_effect_at=None)

    def due(self, on=None):
        """Planned changes whose day has come (default today), the earliest first."""
        return (
            self.planned().filter(effective_on__lte=on or timezone.localdate()).order_by("effective_on", "id")
        )

    def about(self, organisation):
        """What happened to one body, and which others became part of it; with their names."""
        named = self.select_related("organisation", "successor")
        return named.filter(models.Q(organisation=organisation) | models.Q(successor=organisation))

    def visible_to(self, member):
        """Members see what took effect, the secretariat also what is planned."""
        if not member.is_active:
            return self.none()
        return self.all() if member.is_secretariat else self.done()


class OrganisationChange(models.Model):
    """One dated change in the life of an organisation. Affiliations and posts are never rewritten.

    It is planned until `taken_effect_at`; the names before are those at that moment.
    """

    class Kind(models.TextChoices):
        CREATED = "created", "設置"
        RENAMED = "renamed", "名称変更"
        MERGED = "merged", "合併"
        ABOLISHED = "abolished", "廃止"
        CORRECTED = "corrected", "訂正"

    ENDINGS = (Kind.MERGED, Kind.ABOLISHED)
    NAMINGS = (Kind.RENAMED, Kind.CORRECTED)

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="changes")
    kind = models.CharField("種別", max_length=10, choices=Kind)
    effective_on = models.DateField("施行日")
    name_before = models.CharField("変更前の名称", max_length=80, blank=True)
    kana_before = models.CharField("変更前のかな", max_length=120, blank=True)
    name_after = models.CharField("変更後の名称", max_length=80, blank=True)
    kana_after = models.CharField("変更後のかな", max_length=120, blank=True)
    successor = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.CharField("根拠", max_length=200, blank=True)
    noted_by = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)
    taken_effect_at = models.DateTimeField("反映日時", null=True, blank=True)

    objects = OrganisationChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-effective_on", "-id"]
        indexes = [
            models.Index(
                fields=["effective_on"],
                condition=models.Q(taken_effect_at=None),
                name="organisation_change_planned",
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.kind} {self.effective_on}"

    @property
    def day(self) -> str:
        """The date as offices write it: 令和8年4月1日."""
        return in_era(self.effective_on)

    @property
    def sentence(self) -> str:
        """What happens, without the date: 「氷見市」を「新氷見市」に名称変更."""
        if self.kind == self.Kind.MERGED:
            return f"{self.successor}へ合併"
        if self.kind in self.NAMINGS and self.name_before != self.name_after:
            return f"「{self.name_before}」を「{self.name_after}」に{self.get_kind_display()}"
        if self.kind in self.NAMINGS:
            return f"読みを「{self.kana_before}」から「{self.kana_after}」に{self.get_kind_display()}"
        return self.get_kind_display()
