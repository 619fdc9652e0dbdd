"""What applicants and approvers do with registrations: apply step by step, approve, decline."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import signals
from accounts.actions import audit
from accounts.actions.refusals import Refused
from accounts.conduct import CONDUCT_VERSION
from accounts.domain_rules import covers_strangers
from accounts.judgement import Judgement, Reason
from accounts.models import Affiliation, EmailDomain, Member, Organisation, Registration
from accounts.shared_directory import shared_directory
from kyoso import jobs
from kyoso.lib.deeds import deed

DRAFT_LIFE = timedelta(days=30)  # somebody's address and name are not kept for nothing
# An exception expires, so a host inside one must not become a rule for good.
BINDING_REASONS = {Reason.LG_JP, Reason.GEOGRAPHIC}


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

    Raises Refused when a step before is missing. Side effects in order: the accepted version, the note and
    submitted_at; the mail that it was received.
    """
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.submitted_at:
        return registration
    registration = _open_for_writing(registration)
    if not registration.is_filled_in:
        raise Refused("所属と氏名を先に入力してください。")
    registration.note, registration.conduct_version = note, CONDUCT_VERSION
    registration.conduct_accepted_at = registration.submitted_at = timezone.now()
    registration.save()
    jobs.enqueue("mail_registration_received", registration_id=registration.pk)
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


@deed
def approve(actor: Member, registration: Registration) -> Member:
    """Admit the applicant as a member.

    Raises Refused when somebody decided already, when `actor` is no approver, or when the address belongs to
    a member. Side effects in order: the member with the password chosen at application; the proven address;
    the affiliation from today (JST); the mail domain bound when its name fits this organisation alone; the
    decision; the audit entry; the mail; member_admitted.
    """
    registration = _undecided(actor, registration)
    if belongs_to_member(registration.email):
        raise Refused("このアドレスの会員がすでにいるため、承認できません。")
    judgement, organisation = shared_directory().candidates(registration.email), _chosen(registration)
    member = _admitted(registration, organisation)
    bound = _bind_domain(actor, registration, organisation, judgement)
    _decide(actor, registration, Registration.Outcome.APPROVED, member=member)
    facts = {"verdict": str(judgement.verdict), "organisation": organisation.slug}
    audit.record(actor, "registration.approved", registration, member=member.pk, bound=bound, **facts)
    jobs.enqueue("mail_registration_approved", registration_id=registration.pk)
    signals.member_admitted.send(sender=Member, member=member)
    return member


@deed
def decline(actor: Member, registration: Registration, *, reason: str) -> Registration:
    """Turn the application down with a reason in words, which the applicant reads in the mail.

    Raises Refused when somebody decided already, when `actor` is no approver or the reason is empty. Side
    effects in order: the decision; the audit entry; the mail.
    """
    registration = _undecided(actor, registration)
    if not reason.strip():
        raise Refused("お断りする理由を書いてください。")
    _decide(actor, registration, Registration.Outcome.DECLINED, reason=reason.strip())
    audit.record(actor, "registration.declined", registration)
    jobs.enqueue("mail_registration_declined", registration_id=registration.pk)
    return registration


def belongs_to_member(email: str) -> bool:
    """Whether a member, also a former one, has the address, or has proven it as a second one."""
    second = EmailAddress.objects.filter(email__iexact=email, verified=True)
    return Member.objects.filter(email=email).exists() or second.exists()


def _undecided(actor: Member, registration: Registration) -> Registration:
    """The locked row, so that of two approvers the second waits here and is told."""
    if not (actor.is_active and actor.approves_registrations):
        raise Refused("審査できるのは、審査担当と事務局だけです。")
    # No joins here: after the wait PostgreSQL reads only the locked row anew, joined ones stay as they were.
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.decided_by:
        raise Refused(f"すでに{registration.decided_by.name}さんが決定しています。")
    if not registration.awaiting_approval:
        raise Refused("まだ申し込みが終わっていません。")
    return registration


def _chosen(registration: Registration) -> Organisation:
    if registration.organisation is None:
        raise Refused("団体が選ばれていません。")
    return registration.organisation


def _admitted(registration: Registration, organisation: Organisation) -> Member:
    facts = {"email": registration.email, "name": registration.name, "kana": registration.kana}
    member = Member.objects.create(password=registration.password, **facts)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    Affiliation.objects.create(
        member=member,
        organisation=organisation,
        section=registration.section,
        title=registration.title,
        email=registration.email,
        verified_at=registration.email_verified_at or timezone.now(),
        valid_from=timezone.localdate(),
    )
    return member


def _bind_domain(
    actor: Member, registration: Registration, organisation: Organisation, judgement: Judgement
) -> str:
    """Bind the exact host that was proven, never a wider domain; returns it, or "" when nothing is bound."""
    fits = judgement.reason in BINDING_REASONS and judgement.slugs == (organisation.slug,)
    if not fits or covers_strangers(judgement.host):
        return ""
    facts = {
        "organisation": organisation,
        "kind": EmailDomain.Kind.BOUND,
        "evidence": f"登録の承認（受付 {registration.pk}）：{judgement.explanation}",
        "bound_by": actor,
    }
    domain, _ = EmailDomain.objects.get_or_create(domain=judgement.host, defaults=facts)
    return domain.domain


def _decide(actor: Member, registration: Registration, outcome: str, **facts) -> None:
    """Write the decision; the password's hash has moved to the member or is not needed any more."""
    registration.decided_at, registration.decided_by = timezone.now(), actor
    registration.outcome, registration.password = outcome, ""
    for field, value in facts.items():
        setattr(registration, field, value)
    registration.save()
