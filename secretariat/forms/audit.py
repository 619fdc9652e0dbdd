"""Narrowing down the audit log."""

from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, Value
from django.db.models.functions import Replace

from accounts.forms.texts import one_line
from accounts.models import Member, Organisation
from kyoso.lib.japanese import nfkc, to_hiragana
from secretariat.audit_sentences import SENTENCES

MOST_BODIES = 60  # one prefecture and every body in it is more than anybody asks for at once
MOST_DIGITS = 18  # of a bigint, with room
DAY_ERROR = {"invalid": "日付を確かめてください。2026-04-01 のように入力します。"}


class DayInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def deed_choices() -> list[tuple[str, str]]:
    """Every deed by its short name, in the order of the sentences."""
    return [("", "すべて"), *((deed, label) for deed, (label, _) in SENTENCES.items())]


class AuditFilterForm(forms.Form):
    """A deed, a member by name, kana or number, an organisation by name or code, a period; all optional."""

    deed = forms.ChoiceField(label="できごと", choices=deed_choices, required=False)
    who = forms.CharField(label="会員の氏名・ふりがな・番号", max_length=60, required=False)
    where = forms.CharField(label="団体の名前・コード", max_length=60, required=False)
    since = forms.DateField(label="いつから", required=False, widget=DayInput, error_messages=DAY_ERROR)
    until = forms.DateField(label="いつまで", required=False, widget=DayInput, error_messages=DAY_ERROR)

    def clean_who(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["who"])

    def clean_where(self) -> str:
        """One visible line that names not too many bodies: 「県」 alone would ask for everything."""
        where = one_line(self.cleaned_data["where"])
        if where and self._bodies(where).count() > MOST_BODIES:
            raise ValidationError(
                f"{MOST_BODIES}を超える団体があてはまります。名前をくわしく入力してください。"
            )
        return where

    def clean(self) -> dict:
        """The period runs forward."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and since > until:
            self.add_error("until", "「いつから」より後の日付にしてください。")
        if until == date.max:
            self.add_error("until", DAY_ERROR["invalid"])
        return self.cleaned_data

    def found_in(self, entries):
        """The entries that fit; none while the form has errors."""
        if not self.is_valid():
            return entries.none()
        asked = self.cleaned_data
        if asked["deed"]:
            entries = entries.filter(deed=asked["deed"])
        if asked["who"]:
            entries = entries.about(self._members(asked["who"]).values_list("pk", flat=True))
        if asked["where"]:
            entries = entries.concerning(self._bodies(asked["where"]).values_list("pk", flat=True))
        return entries.on_days(asked["since"], asked["until"])

    def _bodies(self, where: str):
        """Exactly so named bodies before those that only contain the words: 津市 is not 大津市."""
        found = Organisation.objects.found_by(where)
        exact = [body.pk for body in found if nfkc(where) in (body.name, body.full_name, body.slug)]
        return Organisation.objects.filter(pk__in=exact) if exact else found

    def _members(self, who: str):
        if who.isascii() and who.isdigit() and len(who) <= MOST_DIGITS:
            return Member.objects.filter(pk=int(who))
        joined = Member.objects.alias(joined=Replace("name", Value(" "), Value("")))
        kana = to_hiragana(who)
        return joined.filter(Q(name__icontains=who) | Q(joined__icontains=who) | Q(kana__icontains=kana))

    @property
    def asked(self) -> dict[str, str]:
        """What was asked for, as short facts for the log: the deed and the period, never a name."""
        return {name: str(self.cleaned_data[name] or "") for name in ("deed", "since", "until")}


def cursor_of(text: str) -> int | None:
    """The entry before which a page begins; None for anything that is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def before(entries, cursor: int | None):
    """Entries older than the cursor."""
    return entries if cursor is None else entries.filter(pk__lt=cursor)
