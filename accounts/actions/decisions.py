"""What approvers do with registrations: approve, ask for more, decline."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import signals
from accounts.actions import audit, directory_rows
from accounts.actions.acceptances import carry_over
from accounts.actions.refusals import Refused
from accounts.actions.registrations import belongs_to_member
from accounts.business_days import days_waited
from accounts.domain_rules import bindable_domain, covers_strangers
from accounts.judgement import Judgement, Reason, Verdict
from accounts.mailbox import MalformedAddress
from accounts.models import Affiliation, EmailDomain, Inquiry, Member, Organisation, Registration
from accounts.shared_directory import shared_directory
from kyoso import jobs
from kyoso.lib.deeds import deed

# An exception expires, so a host inside one must not become a rule for good.
BINDING_REASONS = {Reason.LG_JP, Reason.GEOGRAPHIC}
EXCEPTION_LIFE = timedelta(days=364)  # with the day it was made a year (docs/security.md A5)


class AlreadyDecided(Refused):
    """Somebody else was quicker; the sentence says who."""


@deed
def approve(
    actor: Member, registration: Registration, *, evidence: str = "", keep_domain: bool = False
) -> Member:
    """Admit the applicant as a member.

    `evidence` says how an approver made sure where the address does not show the organisation; with
    `keep_domain` an unknown domain becomes an exception rule of the organisation for a year.
    Raises Refused when somebody decided already, when `actor` is no approver, when the address belongs to a
    member, without evidence where it is needed, for an organisation that has ended, and for a domain that
    anybody can use. Side effects in order: the member with the password chosen at application; the proven
    address; the affiliation from today (JST); the mail domain bound when its name fits this organisation
    alone, or kept as an exception; the decision; the audit entry; the mail; member_admitted.
    """
    registration = _undecided(registration, actor)
    judgement, organisation = shared_directory().candidates(registration.email), _chosen(registration)
    if organisation.slug not in judgement.slugs and not evidence.strip():
        raise Refused("アドレスから団体が分かりません。どう確かめたかを書いてください。")
    registration.evidence = evidence.strip()
    return _admit(actor, registration, judgement, keep_domain=keep_domain)


@deed
def approve_automatically(registration: Registration) -> Member | None:
    """Admit the applicant without a person where one has tied the domain to the chosen organisation before.

    Returns None, with nothing changed, for every other application, for one that was asked something and for
    an address that applied before. Side effects as in `approve`; the audit entry has no actor.
    """
    try:
        registration = _undecided(registration)
    except Refused:
        return None
    judgement, organisation = shared_directory().candidates(registration.email), _chosen(registration)
    bound = judgement.verdict is Verdict.BOUND and judgement.slugs == (organisation.slug,)
    earlier = Registration.objects.filter(email=registration.email).exclude(pk=registration.pk).exists()
    if not bound or earlier or registration.asked_at or belongs_to_member(registration.email):
        return None
    return _admit(None, registration, judgement)


@deed
def ask_for_more(actor: Member, registration: Registration, *, question: str) -> Registration:
    """Ask the applicant something; the application leaves the queue's clock until the answer is there.

    Raises Refused when somebody decided or asked already, when `actor` is no approver and when the question
    is empty. Side effects in order: an earlier question with its answer is kept as an Inquiry, and the
    business days that it took are added; the question; the audit entry; the mail.
    """
    registration = _undecided(registration, actor)
    if not question.strip():
        raise Refused("本人に確かめたいことを書いてください。")
    if registration.awaiting_answer and registration.asked_by:
        raise Refused(f"すでに{registration.asked_by.name}さんが本人に確かめています。")
    if registration.asked_at:
        registration.waited_days += days_waited(registration.asked_at, registration.answered_at)
        _keep_inquiry(registration)
    registration.question, registration.asked_by = question.strip(), actor
    registration.asked_at, registration.answered_at, registration.answer = timezone.now(), None, ""
    registration.save()
    audit.record(actor, "registration.asked", registration)
    jobs.enqueue("mail_registration_asked", registration_id=registration.pk)
    return registration


def _keep_inquiry(registration: Registration) -> None:
    """File the present question and answer, before the next one takes their place."""
    fields = ("question", "asked_at", "asked_by", "answer", "answered_at")
    Inquiry.objects.create(
        registration=registration, **{name: getattr(registration, name) for name in fields}
    )


@deed
def decline(actor: Member, registration: Registration, *, reason: str) -> Registration:
    """Turn the application down with a reason in words, which the applicant reads in the mail.

    Raises Refused when somebody decided already, when `actor` is no approver or the reason is empty. Side
    effects in order: the decision; the audit entry; the mail.
    """
    registration = _undecided(registration, actor)
    if not reason.strip():
        raise Refused("お断りする理由を書いてください。")
    _decide(actor, registration, Registration.Outcome.DECLINED, reason=reason.strip())
    audit.record(actor, "registration.declined", registration)
    jobs.enqueue("mail_registration_declined", registration_id=registration.pk)
    return registration


def approve_each(actor: Member, registrations: list[Registration]) -> tuple[int, int, list[str]]:
    """Approve several, each in a transaction of its own, so that one refusal stops no other.

    Returns how many were approved, how many somebody had decided before, and the sentences of other refusals.
    """
    approved, decided, refusals = 0, 0, []
    for registration in registrations:
        try:
            approve(actor, registration)
            approved += 1
        except AlreadyDecided:
            decided += 1
        except Refused as refusal:
            refusals.append(f"{registration.name}さん：{refusal}")
    return approved, decided, refusals


def _undecided(registration: Registration, *actors: Member) -> Registration:
    """The locked row, so that of two approvers the second waits here and is told."""
    if not all(actor.is_active and actor.approves_registrations for actor in actors):
        raise Refused("審査できるのは、審査担当と事務局だけです。")
    # No joins here: after the wait PostgreSQL reads only the locked row anew, joined ones stay as they were.
    registration = Registration.objects.select_for_update(no_key=True).get(pk=registration.pk)
    if registration.decided_at:
        who = registration.decided_by
        raise AlreadyDecided(
            f"すでに{who.name}さんが決定しています。" if who else "すでに自動で承認済みです。"
        )
    if not registration.awaiting_approval:
        raise Refused("まだ申し込みが終わっていません。")
    return registration


def _chosen(registration: Registration) -> Organisation:
    if registration.organisation is None:
        raise Refused("団体が選ばれていません。")
    return registration.organisation


def _admit(
    actor: Member | None, registration: Registration, judgement: Judgement, *, keep_domain: bool = False
) -> Member:
    """The side effects of an approval; `actor` is None for an automatic one."""
    if belongs_to_member(registration.email):
        raise Refused("このアドレスの会員がすでにいるため、承認できません。")
    organisation = _chosen(registration)
    if not organisation.exists_on(timezone.localdate()):
        raise Refused(f"{organisation.full_name}は、いまはない団体です。本人に団体を確かめてください。")
    member = _made_member(registration, organisation)
    carry_over(registration, member)
    facts: dict[str, Any]
    if keep_domain and not judgement.slugs:
        facts = {"exception": _keep_exception(actor, registration, organisation, judgement.host)}
    else:
        facts = {"bound": _bind_domain(actor, registration, organisation, judgement)}
    facts |= {"verdict": str(judgement.verdict), "organisation": organisation.slug}
    facts |= {} if actor else {"automatic": True}
    _decide(actor, registration, Registration.Outcome.APPROVED, member=member)
    audit.record(actor, "registration.approved", registration, member=member.pk, **facts)
    jobs.enqueue("mail_registration_approved", registration_id=registration.pk)
    signals.member_admitted.send(sender=Member, member=member)
    return member


def _made_member(registration: Registration, organisation: Organisation) -> Member:
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
    directory_rows.refresh(Member.objects.filter(pk=member.pk))
    return member


def _bind_domain(
    actor: Member | None, registration: Registration, organisation: Organisation, judgement: Judgement
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


def _keep_exception(
    actor: Member | None, registration: Registration, organisation: Organisation, host: str
) -> str:
    """Make, or renew, the exception rule of exactly this host; returns it. It expires after a year."""
    try:
        domain = bindable_domain(host)
    except MalformedAddress as unfit:
        raise Refused(str(unfit)) from unfit
    facts = {
        "organisation": organisation,
        "kind": EmailDomain.Kind.EXCEPTION,
        "evidence": f"登録の承認（受付 {registration.pk}）：{registration.evidence}",
        "bound_at": timezone.now(),
        "bound_by": actor,
        "expires_on": timezone.localdate() + EXCEPTION_LIFE,
    }
    EmailDomain.objects.update_or_create(domain=domain, defaults=facts)
    return domain


def _decide(actor: Member | None, registration: Registration, outcome: str, **facts) -> None:
    """Write the decision; the password's hash has moved to the member or is not needed any more."""
    registration.decided_at, registration.decided_by = timezone.now(), actor
    registration.outcome, registration.password = outcome, ""
    for field, value in facts.items():
        setattr(registration, field, value)
    registration.save()
