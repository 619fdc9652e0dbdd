"""Declining an application."""

from django import forms

from accounts.forms.texts import visible


class RefusalForm(forms.Form):
    """Why an application is turned down."""

    reason = forms.CharField(
        label="お断りする理由",
        help_text="申し込んだ方が読みます。400文字まで。",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "お断りする理由を書いてください。"},
    )

    def clean_reason(self) -> str:
        """The visible text."""
        if reason := visible(self.cleaned_data["reason"]).strip():
            return reason
        raise forms.ValidationError("お断りする理由を書いてください。")
