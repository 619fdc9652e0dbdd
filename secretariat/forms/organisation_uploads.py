"""A CSV file that changes many organisations."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.master.uploads import LARGEST, Unreadable, text_of
from accounts.models import OrganisationUpload


class UploadForm(forms.Form):
    """What the file is about, and the file. `text` holds what it says, once the form is valid."""

    kind = forms.ChoiceField(
        label="内容",
        choices=OrganisationUpload.Kind.choices,
        error_messages={"required": "内容を選んでください。"},
    )
    file = forms.FileField(
        label="CSVファイル",
        help_text="5MBまで。UTF-8でもシフトJISでも読み込めます。",
        error_messages={"required": "ファイルを選んでください。", "empty": "ファイルが空です。"},
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self):
        """A text that is not too large."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise ValidationError("ファイルが大きすぎます。5MBまでです。")
        try:
            self.text = text_of(file.read())
        except Unreadable as error:
            raise ValidationError(str(error)) from error
        return file
