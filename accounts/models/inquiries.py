"""Inquiries: what the desk asked an applicant before its present question, and what they answered."""

from django.db import models

from .registrations import Registration


class Inquiry(models.Model):
    """One earlier question about an application with its answer, kept when the next one is asked.

    The present question and answer stand in the registration itself; `Registration.conversation` has all.
    """

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="inquiries")
    question = models.CharField("事務局からの確認", max_length=400)
    asked_at = models.DateTimeField("確認を頼んだ日時")
    asked_by = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    answer = models.CharField("本人の回答", max_length=400, blank=True)
    answered_at = models.DateTimeField("回答日時", null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]

    def __str__(self) -> str:
        return f"{self.registration_id} {self.asked_at}"
