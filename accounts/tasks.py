"""Background tasks: envelopes that fetch by id and call an action or a mail."""

import logging

from accounts import mails
from accounts.actions import codes, decisions, members, registrations
from accounts.models import AuditEntry, Member, Registration
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
def mail_registration_received(registration_id: int) -> None:
    """Tell an applicant that the application was received."""
    if registration := _fetch(Registration, registration_id):
        mails.registration_received(registration)


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


@task(queue_name="bulk")
def end_sessions(member_id: int) -> None:
    """Delete the sessions of a suspended member; one who was resumed meanwhile logs in anew."""
    if member := _fetch(Member, member_id):
        members.end_sessions(member)


@task(queue_name="bulk", cron="41 18 * * *")
def remove_stale_registrations() -> None:
    """Each night at 3:41 JST: forget applications that were never handed in."""
    registrations.remove_stale_drafts()
