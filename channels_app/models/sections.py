"""Sections: the headings a member puts over their own channels in the sidebar."""

from django.db import models


class SectionQuerySet(models.QuerySet):
    """Sentences about sections."""

    def visible_to(self, member):
        """A member's own: nobody sees how others sort their channels."""
        return self.filter(member=member) if member.is_active else self.none()


class Section(models.Model):
    """One heading of one member; `position` orders them, 0 first."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="sections", db_index=False)
    name = models.CharField("見出し", max_length=20)
    position = models.PositiveSmallIntegerField(default=0)

    objects = SectionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["member", "name"], name="section_once_per_name")]

    def __str__(self) -> str:
        return self.name
