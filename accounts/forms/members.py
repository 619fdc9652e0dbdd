"""Searching members, suspending one, and closing one's own account."""

from functools import lru_cache

from django import forms

from accounts.forms.registrations import AGENCIES, OrganisationField, organisations_in
from accounts.forms.texts import one_line, visible
from accounts.models import Organisation
from accounts.models.organisations import PREFECTURE_NAMES

PLACES = [("", "すべて"), *PREFECTURE_NAMES.items(), (AGENCIES, "国の機関")]


class KeptSelect(forms.Select):
    """A select whose HTML is made once per process and chosen value: fifty options take 3 ms."""

    def render(self, name, value, attrs=None, renderer=None):
        """The same bytes as forms.Select."""
        chosen, told = str(value or ""), tuple((attrs or {}).items())
        return _rendered(name, chosen if chosen in dict(self.choices) else "", told, tuple(self.choices))


@lru_cache(maxsize=200)
def _rendered(name: str, chosen: str, attrs: tuple, choices: tuple) -> str:
    return forms.Select(choices=choices).render(name, chosen, dict(attrs))


class SearchForm(forms.Form):
    """Words, a place and one of its organisations for the directory."""

    q = forms.CharField(label="氏名・団体・部課・お手伝いできること", max_length=100, required=False)
    prefecture = forms.ChoiceField(label="都道府県", choices=PLACES, required=False, widget=KeptSelect)
    organisation = OrganisationField(
        label="団体",
        queryset=Organisation.objects.none(),
        to_field_name="slug",
        empty_label="すべて",
        required=False,
        error_messages={"invalid_choice": "選んだ都道府県に、この団体はありません。もう一度選んでください。"},
    )

    def __init__(self, asked, *args, **kwargs):
        super().__init__(asked, *args, **kwargs)
        self.place = asked.get("prefecture", "")
        self.fields["organisation"].queryset = organisations_in(self.place)  # type: ignore[attr-defined]

    def clean_q(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["q"])

    @property
    def asks(self) -> bool:
        """Whether anything is sought that the form can understand."""
        return self.is_valid() and any(self.cleaned_data.values())

    def narrowed(self, rows):
        """Those of `rows` (a QuerySet of search rows) that were asked for."""
        found = rows.found_by(self.cleaned_data["q"]).working_at(self.cleaned_data["organisation"])
        return found.in_agencies() if self.place == AGENCIES else found.working_in(self.place)


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


class ClosingForm(forms.Form):
    """The last word before an account is closed."""

    sure = forms.BooleanField(
        label="投稿が氏名と当時の所属つきで残ることを確かめました",
        error_messages={"required": "退会するには、確かめたことを示すチェックが必要です。"},
    )
