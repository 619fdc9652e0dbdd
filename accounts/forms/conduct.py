"""Agreeing to the code of conduct."""

from django import forms


class AcceptanceForm(forms.Form):
    """One tick."""

    accept = forms.BooleanField(
        label="行動規範を守ります",
        error_messages={"required": "続けるには、行動規範への同意が必要です。"},
    )
