"""Registrations: applications to join, from the first code to the decision."""

from datetime import timedelta
from secrets import token_urlsafe

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .organisations import Organisation


def new_ticket() -> str:
    """256 random bits: whoever holds them sees the state of one application, nothing else."""
    return token_urlsafe(32)


CODE_LIFE = timedelta(minutes=10)  # ASVS 6.5.5
CODE_ATTEMPTS = 3  # then a new code must be asked for (docs/security.md A3)


class RegistrationQuerySet(models.QuerySet):
    """Sentences about applications."""

    def pending(self):
        """Handed in and not yet decided, oldest first: the approvers' queue."""
        return self.filter(submitted_at__isnull=False, decided_at=None).order_by("submitted_at", "id")

    def declined_before(self, registration):
        """The last application of the same address that was turned down, or None."""
        earlier = self.filter(email=registration.email, outcome=Registration.Outcome.DECLINED)
        return earlier.exclude(pk=registration.pk).order_by("-decided_at").first()

    def with_ticket(self, ticket: str):
        """The application that was handed in and has this ticket; none for a text that cannot be one."""
        known = ticket.isascii() and ticket.isprintable()
        return self.filter(ticket=ticket, submitted_at__isnull=False) if ticket and known else self.none()

    def visible_to(self, member):
        """The desk sees every application that was handed in; nobody else sees any."""
        if not (member.is_active and member.approves_registrations):
            return self.none()
        return self.filter(submitted_at__isnull=False)


class Registration(models.Model):
    """One application. Becomes a Member only when its address is proven and a person approved it (A1)."""

    class Outcome(models.TextChoices):
        APPROVED = "approved", "承認"
        DECLINED = "declined", "お断り"

    email = models.EmailField("職場のメールアドレス", max_length=254)
    code_hash = models.CharField(max_length=128, blank=True)
    code_sent_at = models.DateTimeField(null=True, blank=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="registrations")
    section = models.CharField("部課", max_length=80, blank=True)
    title = models.CharField("職名", max_length=40, blank=True)
    name = models.CharField("氏名", max_length=60, blank=True)
    kana = models.CharField("ふりがな", max_length=80, blank=True)
    password = models.CharField(max_length=128, blank=True)
    note = models.CharField("本人のひとこと", max_length=400, blank=True)
    conduct_version = models.CharField("心得の版", max_length=20, blank=True)
    conduct_accepted_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField("受付日時", null=True, blank=True)
    decided_at = models.DateTimeField("決定日時", null=True, blank=True)
    decided_by = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    outcome = models.CharField("結果", max_length=10, choices=Outcome, blank=True)
    reason = models.CharField("理由", max_length=400, blank=True)
    member = models.OneToOneField("accounts.Member", models.PROTECT, null=True, related_name="registration")
    ticket = models.CharField("状況確認の鍵", max_length=64, unique=True, null=True, default=new_ticket)
    invitation = models.OneToOneField(
        "accounts.Invitation", models.SET_NULL, null=True, blank=True, related_name="registration"
    )
    question = models.CharField("事務局からの確認", max_length=400, blank=True)
    asked_at = models.DateTimeField("確認を頼んだ日時", null=True, blank=True)
    asked_by = models.ForeignKey("accounts.Member", models.PROTECT, null=True, related_name="+")
    answer = models.CharField("本人の回答", max_length=400, blank=True)
    answered_at = models.DateTimeField("回答日時", null=True, blank=True)
    waited_days = models.PositiveSmallIntegerField("以前の確認で待った営業日", default=0)
    evidence = models.CharField("確かめた根拠", max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email"], condition=Q(decided_at=None), name="registration_one_open_per_address"
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | Q(email_verified_at__isnull=False),
                name="registration_handed_in_with_proven_address",
            ),
        ]
        indexes = [
            models.Index(fields=["submitted_at", "id"], name="registration_by_submission"),
            models.Index(fields=["email"], name="registration_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name or '(未記入)'} {self.pk}"

    @property
    def awaiting_approval(self) -> bool:
        """Whether it lies in the approvers' queue."""
        return self.submitted_at is not None and self.decided_at is None

    @property
    def awaiting_answer(self) -> bool:
        """Whether the applicant was asked something and has not answered: the clock stands still."""
        return self.awaiting_approval and self.asked_at is not None and self.answered_at is None

    @property
    def conversation(self) -> list:
        """Every question of the desk with its answer, oldest first: the earlier ones, then the present one.

        Each has question, asked_at, asked_by, answer and answered_at. One query for the earlier ones.
        """
        earlier = list(self.inquiries.select_related("asked_by"))
        return [*earlier, self] if self.asked_at else earlier

    @property
    def is_filled_in(self) -> bool:
        """Whether the applicant has said where they work and who they are, and chosen a password."""
        return bool(self.organisation_id and self.section and self.name and self.kana and self.password)

    @property
    def code_expired(self) -> bool:
        """Whether the last code is too old or was guessed at too often."""
        too_old = self.code_sent_at is None or timezone.now() > self.code_sent_at + CODE_LIFE
        return too_old or self.code_attempts >= CODE_ATTEMPTS
