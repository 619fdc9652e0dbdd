"""Affiliations: where a member works, with dates, because staff rotate (人事異動)."""

from datetime import datetime, time, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .organisations import Organisation


class AffiliationQuerySet(models.QuerySet):
    """Sentences about affiliations."""

    def current(self):
        """Where members work now: at most one each."""
        return self.filter(valid_to=None)


class Affiliation(models.Model):
    """A member at one section of one organisation for a time. Posts keep the affiliation of their day."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="affiliations")
    section = models.CharField("部課", max_length=80)
    title = models.CharField("職名", max_length=40, blank=True)
    email = models.EmailField("確認したアドレス", max_length=254)
    verified_at = models.DateTimeField("確認日時")
    valid_from = models.DateField("開始日")
    valid_to = models.DateField("終了日", null=True, blank=True)

    objects = AffiliationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(valid_to=None), name="affiliation_one_current_per_member"
            )
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """（団体・部課） without the brackets: 岩手県 北沢町・総務課."""
        return f"{self.organisation.full_name}・{self.section}"

    @property
    def organisation_name(self) -> str:
        """The organisation by its name of the last day of this affiliation; by today's while it runs."""
        if self.valid_to is None:
            return self.organisation.full_name
        after = datetime.combine(self.valid_to + timedelta(days=1), time(), timezone.get_current_timezone())
        return self.organisation.full_name_at(after)

    def label_at(self, moment) -> str:
        """The label as it was shown at a moment: an organisation that was renamed later has its old name."""
        return f"{self.organisation.full_name_at(moment)}・{self.section}"
