"""Every mail about registration and membership, one function each: text/plain, complete without a link.

The texts are templates/emails/<name>.subject.txt and <name>.txt (docs/ui.md section 10).
"""

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.models import Invitation, Member, Registration
from accounts.models.registrations import CODE_LIFE


def registration_code(registration: Registration, code: str) -> None:
    """The six digits that prove the address of an application."""
    until = registration.code_sent_at + CODE_LIFE if registration.code_sent_at else None
    _send("registration_code", registration.email, code=code, until=until)


def already_member(email: str) -> None:
    """Instead of a code, to an address that has an account: how to log in or choose a new password."""
    _send("already_member", email)


def password_reset_code(email: str, code: str) -> None:
    """The six digits with which a member may choose a new password."""
    _send("password_reset_code", email, code=code)


def password_reset_unknown(email: str) -> None:
    """Instead of them, to an address that no active member has."""
    _send("password_reset_unknown", email)


def registration_received(registration: Registration) -> None:
    """The application lies at the desk; the answer comes within three business days."""
    _send("registration_received", registration.email, registration=registration)


def registration_asked(registration: Registration) -> None:
    """The secretariat needs to know more, in its own words, and where to answer."""
    _send("registration_asked", registration.email, registration=registration)


def registration_approved(registration: Registration) -> None:
    """The applicant is a member now, and how to begin."""
    _send("registration_approved", registration.email, registration=registration)


def registration_declined(registration: Registration) -> None:
    """The application was turned down, with the reason in the approver's words."""
    _send("registration_declined", registration.email, registration=registration)


def member_suspended(member: Member, reason: str) -> None:
    """The member is shut out for now, with the reason."""
    _send("member_suspended", member.email, member=member, reason=reason)


def member_resumed(member: Member) -> None:
    """The member may use the site again."""
    _send("member_resumed", member.email, member=member)


def invitation(invitation: Invitation) -> None:
    """A colleague vouches for the reader, and how to apply."""
    _send("invitation", invitation.email, invitation=invitation)


def sign_in_new(sign_in) -> None:
    """The account was used with a browser that was never used before: when, where from, what to do."""
    _send("sign_in_new", sign_in.member.email, sign_in=sign_in, member=sign_in.member)


def digest(member: Member, told) -> None:
    """What is new for a member: `told` has `since`, `calls`, and `parts` of a heading and lines each."""
    _send("digest", member.email, member=member, digest=told)


def notice(address: str, subject: str, body: str) -> None:
    """A notice about an account that was written when it happened."""
    EmailMessage(subject, body, to=[address]).send()


def _send(name: str, address: str, **facts) -> None:
    EmailMessage(*written(name, **facts), to=[address]).send()


def written(name: str, **facts) -> tuple[str, str]:
    """Subject (one line) and body of a mail, from its two templates; `site` is ours unless given."""
    facts.setdefault("site", settings.SITE_ORIGINS[0])
    subject = " ".join(render_to_string(f"emails/{name}.subject.txt", facts).split())
    return subject, render_to_string(f"emails/{name}.txt", facts).rstrip() + "\n"
