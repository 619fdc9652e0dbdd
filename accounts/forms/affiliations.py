"""Where somebody works within their organisation."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.forms.texts import one_line


class SectionForm(forms.Form):
    """Section and title: what an applicant tells, and what a member has from today."""

    section = forms.CharField(
        label="部課",
        help_text="例：住民会計課 住民係",
        max_length=80,
        error_messages={"required": "部課を入力してください。"},
    )
    title = forms.CharField(
        label="職名（なくてもかまいません）",
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
    )

    def clean_section(self) -> str:
        """One visible line."""
        if section := one_line(self.cleaned_data["section"]):
            return section
        raise ValidationError("部課を入力してください。")

    def clean_title(self) -> str:
        """One visible line, or nothing."""
        return one_line(self.cleaned_data["title"])
