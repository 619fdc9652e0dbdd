"""Searching members, and suspending one."""

from django import forms

from accounts.forms.texts import one_line, visible
from accounts.models.organisations import PREFECTURE_NAMES

EVERYWHERE = ("", "すべて")


class SearchForm(forms.Form):
    """Words and a prefecture for the directory."""

    q = forms.CharField(label="氏名・ふりがな・団体・部課", max_length=100, required=False)
    prefecture = forms.ChoiceField(
        label="都道府県", choices=[EVERYWHERE, *PREFECTURE_NAMES.items()], required=False
    )

    def clean_q(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["q"])


class SuspensionForm(forms.Form):
    """Why a member is shut out."""

    reason = forms.CharField(
        label="利用を止める理由",
        help_text="本人へのメールと監査の記録に載ります。400文字まで。",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "利用を止める理由を書いてください。"},
    )

    def clean_reason(self) -> str:
        """The visible text."""
        if reason := visible(self.cleaned_data["reason"]).strip():
            return reason
        raise forms.ValidationError("利用を止める理由を書いてください。")
