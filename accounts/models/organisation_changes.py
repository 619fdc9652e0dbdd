"""What happened to organisations: created, renamed, merged, abolished, with the date it took effect."""

from django.db import models
from django.utils import timezone

from .organisations import Organisation


class OrganisationChange(models.Model):
    """One dated change in the life of an organisation. Affiliations and posts are never rewritten."""

    class Kind(models.TextChoices):
        CREATED = "created", "設置"
        RENAMED = "renamed", "名称変更"
        MERGED = "merged", "合併"
        ABOLISHED = "abolished", "廃止"
        CORRECTED = "corrected", "訂正"

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="changes")
    kind = models.CharField("種別", max_length=10, choices=Kind)
    effective_on = models.DateField("施行日")
    name_before = models.CharField("変更前の名称", max_length=80, blank=True)
    kana_before = models.CharField("変更前のかな", max_length=120, blank=True)
    successor = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    evidence = models.CharField("根拠", max_length=200, blank=True)
    noted_by = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    noted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-effective_on", "-id"]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.kind} {self.effective_on}"
