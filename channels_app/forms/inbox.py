"""Forms of the inbox."""

from django import forms


class AllForm(forms.Form):
    """Up to which moment everything counts as read: the one the page showed."""

    upto = forms.DateTimeField(
        error_messages={
            "required": "どこまで既読にするかが送られませんでした。画面を読み直してください。",
            "invalid": "どこまで既読にするかが読み取れませんでした。画面を読み直してください。",
        }
    )

    @property
    def sentence(self) -> str:
        """What is wrong, to show."""
        return str(self.errors["upto"][0])
