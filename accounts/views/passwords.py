"""The digits that let a member choose a new password."""

from allauth.account.views import ConfirmPasswordResetCodeView
from django.http import HttpResponse

from accounts.audit_receivers import note_wrong_code
from accounts.password_resets import NOBODY


class ResetCodeView(ConfirmPasswordResetCodeView):
    """allauth's page. A wrong code is recorded for strangers too, so that it takes as long as for members."""

    def form_invalid(self, form) -> HttpResponse:
        """Count the attempt; the library reports it of members only."""
        answer = super().form_invalid(form)
        if self._process.state.get("user_id") == NOBODY:
            note_wrong_code(type(self), self.request)
        return answer


reset_code = ResetCodeView.as_view()
