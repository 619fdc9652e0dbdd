"""Mail domains of an organisation."""

from django import forms
from django.core.exceptions import ValidationError

from accounts.addresses import MalformedAddress, bindable_domain
from accounts.models import EmailDomain
from secretariat.forms.organisations import DayField, EvidenceField

KINDS = [(kind.value, kind.label) for kind in EmailDomain.Kind]


class DomainForm(forms.Form):
    """A domain to be tied to an organisation."""

    domain = forms.CharField(
        label="ドメイン",
        help_text="例：town.kitazawa.lg.jp（「@」は付けません）",
        max_length=253,
        error_messages={"required": "ドメインを入力してください。"},
    )
    kind = forms.ChoiceField(
        label="種別", choices=KINDS, error_messages={"required": "種別を選んでください。"}
    )
    evidence = EvidenceField(help_text="電話や公式サイトで確かめたことなど。審査担当と事務局だけに見えます。")
    expires_on = DayField(label="期限（例外のときだけ）", help_text="1年以内。", required=False)

    def clean_domain(self) -> str:
        """The one form of the domain."""
        try:
            return bindable_domain(self.cleaned_data["domain"].strip().removeprefix("@"))
        except MalformedAddress as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict:
        """An exception needs its end."""
        cleaned = super().clean() or {}
        if cleaned.get("kind") == EmailDomain.Kind.EXCEPTION and not cleaned.get("expires_on"):
            self.add_error("expires_on", "例外には、1年以内の期限を付けてください。")
        return cleaned


class ExtensionForm(forms.Form):
    """A later end of an exception."""

    expires_on = DayField(label="新しい期限", help_text="今日から1年以内。")
