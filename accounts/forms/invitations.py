"""Inviting a colleague."""

from django import forms

from accounts.forms.registrations import AddressForm
from accounts.forms.texts import one_line


class InvitationForm(AddressForm):
    """The work address of somebody one vouches for, and how one knows them."""

    relation = forms.CharField(
        label="どういう方ですか",
        help_text="例：同じ課の後任です。事務局だけが読みます。200文字まで。",
        max_length=200,
        error_messages={"required": "どういう方かを書いてください。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        email = self.fields["email"]
        email.label = "招く方の職場のメールアドレス"
        email.help_text = "フリーメールは使えません。あなたの氏名と所属を添えて、メールを送ります。"
        email.widget.attrs["autocomplete"] = "off"

    def clean_relation(self) -> str:
        """One visible line."""
        if relation := one_line(self.cleaned_data["relation"]):
            return relation
        raise forms.ValidationError("どういう方かを書いてください。")
