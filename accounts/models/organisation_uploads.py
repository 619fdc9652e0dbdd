"""Uploads of the secretariat that change many organisations at once: kept, looked at, then carried out."""

from django.db import models
from django.utils import timezone


class OrganisationUploadQuerySet(models.QuerySet):
    """Sentences about uploads."""

    def visible_to(self, member):
        """They are the secretariat's alone."""
        return self.all() if member.is_active and member.is_secretariat else self.none()


class OrganisationUpload(models.Model):
    """A CSV file that was read without errors. `fingerprint` is what its preview showed.

    It is carried out only if it would still do exactly that; `applied_at` says when.
    """

    class Kind(models.TextChoices):
        MASTER = "master", "名称・合併・廃止・設置"
        POPULATION = "population", "人口"

    kind = models.CharField("内容", max_length=10, choices=Kind)
    content = models.TextField()
    fingerprint = models.CharField(max_length=64)
    changes = models.PositiveIntegerField("変わる団体の数")
    uploaded_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField("反映日時", null=True, blank=True)

    objects = OrganisationUploadQuerySet.as_manager()

    class Meta:
        ordering = ["-uploaded_at", "-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
