"""What the secretariat notes about organisations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.actions.organisation_changes import refuse_wrong_code
from accounts.actions.refusals import Refused
from accounts.forms.texts import one_line
from accounts.master.rows import is_reading
from accounts.models import Organisation
from kyoso.lib.japanese import nfkc, to_hiragana

KINDS = [(kind.value, kind.label) for kind in (Organisation.Kind.UNION, Organisation.Kind.PUBLIC_ENTERPRISE)]
SURE = "元に戻せないことを確かめました"


class DayField(forms.DateField):
    """The day on which something takes effect, with the browser's own calendar."""

    def __init__(self, **kwargs):
        facts: dict[str, Any] = {
            "label": "施行日",
            "widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "error_messages": {"required": "日付を入力してください。", "invalid": "日付を確かめてください。"},
        }
        super().__init__(**facts | kwargs)


class EvidenceField(forms.CharField):
    """What the note rests on."""

    def __init__(self, **kwargs):
        facts: dict[str, Any] = {
            "label": "根拠",
            "help_text": "官報や告示の番号など。会員にも見えます。200文字まで。",
            "max_length": 200,
            "error_messages": {"required": "根拠を書いてください。"},
        }
        super().__init__(**facts | kwargs)

    def clean(self, value):
        """One visible line."""
        if line := one_line(super().clean(value)):
            return line
        raise ValidationError(self.error_messages["required"])


class NameForm(forms.Form):
    """A name and its reading."""

    name = forms.CharField(
        label="名称", max_length=80, error_messages={"required": "名称を入力してください。"}
    )
    kana = forms.CharField(
        label="読み",
        help_text="ひらがなで。カタカナは直します。",
        max_length=120,
        error_messages={"required": "読みを入力してください。"},
    )

    def clean_name(self) -> str:
        """One visible line."""
        if name := one_line(nfkc(self.cleaned_data["name"])):
            return name
        raise ValidationError("名称を入力してください。")

    def clean_kana(self) -> str:
        """The reading in hiragana."""
        kana = "".join(to_hiragana(nfkc(self.cleaned_data["kana"])).split())
        if not is_reading(kana):
            raise ValidationError("読みは、ひらがなで入力してください。")
        return kana


class NewOrganisationForm(NameForm):
    """A union or public enterprise to be set up."""

    kind = forms.ChoiceField(
        label="種別", choices=KINDS, error_messages={"required": "種別を選んでください。"}
    )
    code = forms.CharField(
        label="全国地方公共団体コード",
        help_text="検査数字を含む6桁。はじめの2桁が都道府県になります。",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": "団体コードを入力してください。"},
    )
    effective_on = DayField(label="設置の日")
    evidence = EvidenceField()
    field_order = ("kind", "code", "name", "kana", "effective_on", "evidence")

    def clean_code(self) -> str:
        """Six digits that fit their check digit."""
        code = nfkc(self.cleaned_data["code"]).strip()
        try:
            refuse_wrong_code(code)
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return code


class RenamingForm(NameForm):
    """Another name from a day on, or a name that was wrong all along."""

    effective_on = DayField(help_text="先の日付なら、その日の午前0時すぎに変わります。")
    evidence = EvidenceField()


class CorrectionForm(NameForm):
    """A name that was wrong all along."""

    evidence = EvidenceField()


class AbolitionForm(forms.Form):
    """The first day on which it is gone."""

    effective_on = DayField(label="廃止の日", help_text="この日から、選べる団体に出なくなります。")
    evidence = EvidenceField()
    sure = forms.BooleanField(label=SURE, error_messages={"required": "チェックを入れてください。"})


class MergerForm(AbolitionForm):
    """The day of the merger, and into which body."""

    successor = forms.CharField(
        label="合併先",
        help_text="団体コードか、都道府県からの名称。例：富山県 氷見市",
        max_length=120,
        error_messages={"required": "合併先を入力してください。"},
    )
    effective_on = DayField(label="合併の日", help_text="会員の所属とドメインは、この日に合併先へ移ります。")
    field_order = ("successor", "effective_on", "evidence", "sure")

    def clean_successor(self) -> Organisation:
        """The body that is meant, exactly one."""
        typed = "".join(nfkc(self.cleaned_data["successor"]).split())
        close = Organisation.objects.existing().select_related("successor")
        if found := list(close.filter(slug=typed)):
            return found[0]
        found = [body for body in close if "".join(body.full_name.split()) == typed]
        if len(found) == 1:
            return found[0]
        raise ValidationError(
            "この団体が見つかりません。都道府県からの名称か、団体コードを入力してください。"
        )
