"""Searching organisations."""

from django import forms

from accounts.forms.texts import one_line
from accounts.models import Organisation
from accounts.models.organisations import PREFECTURE_NAMES

AGENCIES, UNIONS = "agencies", "unions"
PLACES = [("", "すべて"), *PREFECTURE_NAMES.items(), (AGENCIES, "国の機関"), (UNIONS, "組合・公営企業など")]
NOT_TERRITORIAL = (Organisation.Kind.UNION, Organisation.Kind.PUBLIC_ENTERPRISE)


class OrganisationSearchForm(forms.Form):
    """Words and a place."""

    q = forms.CharField(label="名称・読み・団体コード", max_length=100, required=False)
    place = forms.ChoiceField(label="都道府県・種別", choices=PLACES, required=False)

    def clean_q(self) -> str:
        """One visible line."""
        return one_line(self.cleaned_data["q"])

    def narrowed(self, organisations):
        """Those of `organisations` that were asked for, in the order of the places and their kana.

        Without words, merged and abolished ones are left out; a search finds them with their note.
        """
        words, place = self.cleaned_data["q"], self.cleaned_data["place"]
        found = organisations.found_by(words) if words else organisations.existing()
        found = found.order_by("prefecture_code", "-is_prefecture", "kana", "id")
        if place == AGENCIES:
            return found.filter(kind=Organisation.Kind.AGENCY)
        if place == UNIONS:
            return found.filter(kind__in=NOT_TERRITORIAL)
        return found.of_prefecture(place) if place else found
