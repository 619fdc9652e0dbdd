"""Commissioning an ambassador, and ending a term early."""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.forms.texts import one_line
from accounts.models import Member
from accounts.models.organisations import PREFECTURE_NAMES

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
LONGEST_TERM = timedelta(days=366)  # the real platform commissions for one year
MOST_FOUND = 20


def year_after(begin: date) -> date:
    """The last day of a one-year term: the eve of its first anniversary."""
    try:
        return begin.replace(year=begin.year + 1) - timedelta(days=1)
    except ValueError:  # 29 February
        return begin.replace(year=begin.year + 1, day=28)


class CandidateForm(forms.Form):
    """The words by which a member is looked up."""

    q = forms.CharField(label="会員をさがす（氏名・ふりがな・団体・部課）", max_length=100, required=False)

    def clean_q(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["q"])


class CandidateField(forms.ModelChoiceField):
    """A choice among the members who were found."""

    def label_from_instance(self, member) -> str:
        """氏名（団体・部課）."""
        return f"{member.name}（{member.affiliation.label}）" if member.affiliation else member.name


DATE = {"invalid": "日付を確かめてください。例：2026-07-01", "required": "日付を入力してください。"}


class AppointmentForm(forms.Form):
    """Who, where, from when to when. `candidates` are the members to choose from."""

    member = CandidateField(
        label="会員",
        queryset=Member.objects.none(),
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": "会員を選んでください。", "invalid_choice": "会員を選び直してください。"},
    )
    prefecture = forms.ChoiceField(
        label="担当地域",
        choices=[("", "選んでください"), *PREFECTURE_NAMES.items()],
        error_messages={"required": "担当地域を選んでください。"},
    )
    valid_from = forms.DateField(
        label="任期の始まり",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE,
    )
    valid_to = forms.DateField(
        label="任期の終わり（書かなければ1年）",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
        error_messages=DATE,
    )

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = candidates  # type: ignore[attr-defined]

    def clean_valid_from(self) -> date:
        """A day of this century: anything else is a slip of the fingers."""
        if EARLIEST <= self.cleaned_data["valid_from"] <= LATEST:
            return self.cleaned_data["valid_from"]
        raise ValidationError(DATE["invalid"])

    def clean(self) -> dict:
        """A term of one year unless said otherwise, and never longer or backwards."""
        cleaned = super().clean() or {}
        begin = cleaned.get("valid_from")
        if begin and "valid_to" in cleaned:
            cleaned["valid_to"] = end = cleaned["valid_to"] or year_after(begin)
            if end < begin:
                self.add_error("valid_to", "終わりは、始まりより後の日にしてください。")
            elif end - begin > LONGEST_TERM:
                self.add_error(
                    "valid_to", "任期は1年までです。続けるときは、次の任期を新しく登録してください。"
                )
        return cleaned


class EndForm(forms.Form):
    """The last day of a term that ends early."""

    on = forms.DateField(
        label="任期の最後の日",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages=DATE,
        initial=timezone.localdate,
    )
