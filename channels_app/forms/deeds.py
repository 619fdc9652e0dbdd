"""Forms for one deed: what an action refuses stands beside a field, and nothing typed is lost."""

from django import forms

from channels_app.actions.refusals import Refused
from kyoso.lib.deeds import Busy

BUSY = "ただいま混み合っています。文はそのままです。少し待って、もう一度お送りください。"


class DeedForm(forms.Form):
    """A form whose action may refuse.

    `status` is the HTTP status of a form that was not accepted: 422 for bad input, 403 or 503 when the action
    refused. `refused_field` is beside which field the reason stands; None for the top of the form.
    """

    status = 422
    refused_field: str | None = None

    def attempt(self, action, *args, **kwargs):
        """What the action returns, or None with the reason in the form when it refused or was busy."""
        try:
            return action(*args, **kwargs)
        except Refused as refusal:
            self.refuse(str(refusal), 403)
        except Busy:
            self.refuse(BUSY, 503)
        return None

    def refuse(self, sentence: str, status: int) -> None:
        """Add why it was not done."""
        self.status = status
        self.add_error(self.refused_field, sentence)
