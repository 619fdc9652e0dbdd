"""Choosing a forgotten password anew, so that every address is served alike (docs/security.md A8)."""

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.password_reset_by_code import PasswordResetVerificationProcess
from django.http import HttpRequest

from accounts.models import Member
from kyoso import jobs

NOBODY = "0"  # no member's id: the library's own look-up of it costs what that of a member costs


class PasswordReset(PasswordResetVerificationProcess):
    """allauth's process in the visitor's session. For a stranger it goes on too, without a right code."""

    @classmethod
    def initiate(cls, *, request: HttpRequest, user: Member | None, email: str) -> "PasswordReset":
        """Begin: the state in the session and the job that mails the digits, or that there is no account."""
        state = {"user_id": NOBODY} | cls.initial_state(user, email) | {"code": ""}
        process = cls(request, state=state, user=user)
        process.send()
        process.persist()
        return process

    def send(self) -> None:
        """Make the digits in any case, keep them only for a member, and leave the mail to the job."""
        code = get_adapter().generate_password_reset_code()
        if self.state["user_id"] != NOBODY:
            self.state["code"] = code
        jobs.enqueue("send_reset_code", address=self.state["email"], code=self.state["code"])
