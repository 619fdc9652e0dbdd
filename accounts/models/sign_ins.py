"""Sign-ins: when and from where an account was used."""

from django.db import models
from django.utils import timezone


class SignIn(models.Model):
    """One log-in. Shown to the member at the next one (統一基準群: the previous log-in is displayed)."""

    member = models.ForeignKey("accounts.Member", models.CASCADE, related_name="sign_ins")
    at = models.DateTimeField(default=timezone.now)
    address = models.GenericIPAddressField("接続元", null=True, blank=True)
    browser = models.CharField("ブラウザー", max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["member", "-at"], name="sign_in_by_member")]

    def __str__(self) -> str:
        return f"{self.member_id} at {self.at:%Y-%m-%d %H:%M}"
