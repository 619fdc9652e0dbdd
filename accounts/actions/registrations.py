"""What applicants do with registrations: apply step by step. Decisions are in decisions.py."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.utils import timezone

from accounts.actions.refusals import Refused
from accounts.conduct import CONDUCT_VERSION
from accounts.models import Invitation, Member, Registration
from kyoso import jobs
from kyoso.lib.deeds import deed

DRAFT_LIFE = timedelta(days=30)  # somebody's address and name are not kept for nothing


@deed
def start_registration(email: str) -> Registration:
    """Open, or resume, the one open registration of a normalised address and have a code sent to it.

    Whether the address belongs to a member is decided in the job, so page and timing are the same for all.
    Side effects in order: the registration; its earlier code is void and the attempts start anew; the job
    that makes the code and mails it.
    """
    registration, _ = Registration.objects.get_or_create(email=email, decided_at=None)
    facts = {"code_hash": "", "code_attempts": 0, "code_sent_at": timezone.now()}
    Registration.objects.filter(pk=registration.pk).update(**facts)
    lock = f"registration-code-{registration.pk}"
    jobs.enqueue("send_registration_code", lock=lock, queueing_lock=lock, registration_id=registration.pk)
    registration.refresh_from_db()
    return registration


@deed
def fill_in(registration: Registration, *, password_hash: str = "", **facts) -> Registration:
    """Write where the applicant works and who they are: organisation, section, title, name, kana.

    `password_hash` is already hashed; "" keeps the earlier one. Raises Refused when the application was
    handed in or its address is not proven.
    """
    registration = _open_for_writing(registration)
    for field in ("organisation", "section", "title", "name", "kana"):
        setattr(registration, field, facts[field])
    registration.password = password_hash or registration.password
    registration.save()
    return registration


@deed
def hand_in(registration: Registration, *, note: str) -> Registration:
    """Accept the code of conduct and hand the application in; a second time changes nothing.

    Raises Refused when a step before is missing. Side effects in order: the invitation of this address is
    used; the accepted version, the note and submitted_at; the mail that it was received; with
    AUTO_APPROVE_BOUND_DOMAINS the job that may approve it.
    """
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.submitted_at:
        return registration
    registration = _open_for_writing(registration)
    if not registration.is_filled_in:
        raise Refused("所属と氏名を先に入力してください。")
    registration.invitation = _use_invitation(registration.email)
    registration.note, registration.conduct_version = note, CONDUCT_VERSION
    registration.conduct_accepted_at = registration.submitted_at = timezone.now()
    registration.save()
    jobs.enqueue("mail_registration_received", registration_id=registration.pk)
    if settings.AUTO_APPROVE_BOUND_DOMAINS:
        jobs.enqueue("approve_bound_registration", registration_id=registration.pk)
    return registration


def _use_invitation(email: str) -> Invitation | None:
    """The newest open invitation of a proven address, now used; its other invitations stay as they are."""
    invitation = Invitation.objects.addressed_to(email).select_for_update(no_key=True).first()
    if invitation:
        invitation.used_at = timezone.now()
        invitation.save(update_fields=["used_at"])
    return invitation


@deed
def answer_question(registration: Registration, *, answer: str) -> Registration:
    """Answer what the secretariat asked; the clock of three business days runs on.

    Raises Refused when nothing is asked (any more). Side effects in order: the answer and answered_at.
    """
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if not registration.awaiting_answer:
        raise Refused("いまは、お答えいただくことがありません。")
    registration.answer, registration.answered_at = answer, timezone.now()
    registration.save(update_fields=["answer", "answered_at"])
    return registration


def _open_for_writing(registration: Registration) -> Registration:
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.submitted_at or registration.decided_at:
        raise Refused("この申し込みは受け付け済みです。")
    if not registration.email_verified_at:
        raise Refused("メールアドレスを先に確かめてください。")
    return registration


@deed
def remove_stale_drafts() -> int:
    """Delete applications that were begun and not handed in within DRAFT_LIFE; returns their number."""
    before = timezone.now() - DRAFT_LIFE
    drafts = Registration.objects.filter(submitted_at=None, decided_at=None, created_at__lt=before)
    return drafts.exclude(code_sent_at__gte=before).delete()[0]


def belongs_to_member(email: str) -> bool:
    """Whether a member, also a former one, has the address, or has proven it as a second one."""
    second = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return Member.objects.filter(email=email).exists() or second.exists()
