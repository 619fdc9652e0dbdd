"""Background tasks: envelopes that fetch by id and call an action or a mail."""

import logging

from accounts import mails
from accounts.actions import (
    codes,
    decisions,
    directory_rows,
    invitations,
    members,
    organisation_effects,
    profiles,
    registrations,
)
from accounts.models import AuditEntry, Invitation, Member, Registration, SignIn
from kyoso.jobs import task

logger = logging.getLogger(__name__)


def _fetch(model, pk: int):
    """The row, or None with a line in the log when it is gone."""
    found = model.objects.filter(pk=pk).first()
    if found is None:
        logger.warning("a job found no %s %s", model._meta.model_name, pk)
    return found


@task()
def send_registration_code(registration_id: int) -> None:
    """Make the code of an application and mail it; an address that has an account hears that instead.

    The code is made in both cases, so that a wrong guess takes the same time for both. A second run makes a
    new code; the mail that arrives last counts. Nothing is sent when an earlier code was used meanwhile.
    """
    registration = _fetch(Registration, registration_id)
    if registration is None or registration.code_sent_at is None:
        return
    code = codes.issue_code(registration)
    if registrations.belongs_to_member(registration.email):
        mails.already_member(registration.email)
    else:
        mails.registration_code(registration, code)


@task()
def send_reset_code(address: str, code: str) -> None:
    """Mail the digits of a new password, or, without any, that no member has the address."""
    if code:
        mails.password_reset_code(address, code)
    else:
        mails.password_reset_unknown(address)


@task()
def mail_registration_received(registration_id: int) -> None:
    """Tell an applicant that the application was received."""
    if registration := _fetch(Registration, registration_id):
        mails.registration_received(registration)


@task()
def mail_registration_asked(registration_id: int) -> None:
    """Tell an applicant what the secretariat needs to know; one who answered meanwhile hears nothing."""
    registration = _fetch(Registration, registration_id)
    if registration and registration.awaiting_answer:
        mails.registration_asked(registration)


@task()
def mail_invitation(invitation_id: int) -> None:
    """Tell somebody that a colleague vouches for them; a member's address hears nothing."""
    invitation = _fetch(Invitation, invitation_id)
    if invitation and invitations.calls_for_mail(invitation):
        mails.invitation(invitation)


@task()
def approve_bound_registration(registration_id: int) -> None:
    """Approve an application whose domain was bound to the chosen organisation, or leave it to a person."""
    if registration := _fetch(Registration, registration_id):
        decisions.approve_automatically(registration)


@task()
def mail_registration_approved(registration_id: int) -> None:
    """Tell an applicant that they are a member."""
    if registration := _fetch(Registration, registration_id):
        mails.registration_approved(registration)


@task()
def mail_registration_declined(registration_id: int) -> None:
    """Tell an applicant why not."""
    if registration := _fetch(Registration, registration_id):
        mails.registration_declined(registration)


@task()
def mail_member_suspended(entry_id: int) -> None:
    """Tell a member that they were shut out, with the reason of the audit entry."""
    if (entry := _fetch(AuditEntry, entry_id)) and (member := _fetch(Member, entry.noun_id)):
        mails.member_suspended(member, entry.detail["reason"])


@task()
def mail_member_resumed(member_id: int) -> None:
    """Tell a member that they may come back."""
    if member := _fetch(Member, member_id):
        mails.member_resumed(member)


@task()
def mail_sign_in_new(sign_in_id: int) -> None:
    """Tell a member that a new browser was used."""
    if sign_in := _fetch(SignIn, sign_in_id):
        mails.sign_in_new(sign_in)


@task()
def send_notice(address: str, subject: str, body: str) -> None:
    """Send a notice about an account: a new password, another factor."""
    mails.notice(address, subject, body)


@task(queue_name="bulk")
def end_sessions(member_id: int) -> None:
    """Delete the sessions of a suspended member; one who was resumed meanwhile logs in anew."""
    if member := _fetch(Member, member_id):
        members.end_sessions(member)


@task(queue_name="bulk", cron="41 18 * * *")
def remove_stale_registrations() -> None:
    """Each night at 3:41 JST: forget applications that were never handed in, and unused invitations."""
    registrations.remove_stale_drafts()
    invitations.remove_stale_invitations()


@task(queue_name="bulk", cron="11 18 * * *")
def refresh_directory() -> None:
    """Each night at 3:11 JST: write every search row anew, the second net under the deeds."""
    directory_rows.refresh_all()


@task(queue_name="bulk", cron="26 18 * * *")
def remove_stray_pictures() -> None:
    """Each night at 3:26 JST: delete files of pictures that no member has."""
    profiles.remove_stray_pictures()


@task(queue_name="bulk", cron="5 15 * * *")
def change_organisations() -> None:
    """Each day at 0:05 JST: names, mergers and ends that were planned for this day."""
    organisation_effects.take_due_effects()
