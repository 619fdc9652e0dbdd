"""The four steps of an application, one form each."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.forms.affiliations import SectionForm
from accounts.forms.texts import clean_kana, clean_name, visible
from accounts.judgement import Judgement, Verdict
from accounts.mailbox import MalformedAddress, normalise_address
from accounts.models import Affiliation, Member, Organisation, Registration
from accounts.models.organisations import PREFECTURE_NAMES
from accounts.shared_directory import shared_directory
from kyoso.lib.japanese import nfkc

AGENCIES = "agency"
PLACES = [("", "選んでください"), *PREFECTURE_NAMES.items(), (AGENCIES, "国の機関")]
REFUSED_ADDRESSES = {Verdict.FREE_MAIL, Verdict.MALFORMED}


class AddressForm(forms.Form):
    """Step 1: the work address. Afterwards `judgement` says which organisations it fits."""

    judgement: Judgement
    email = forms.CharField(
        label="職場のメールアドレス",
        help_text="例：h-sasaki@town.kuzumaki.iwate.jp。フリーメールは使えません。",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": "メールアドレスを入力してください。"},
    )

    def clean_email(self) -> str:
        """The one form of the address that is stored, compared and written to."""
        try:
            address = normalise_address(self.cleaned_data["email"])
        except MalformedAddress as error:
            raise ValidationError(str(error)) from error
        self.judgement = shared_directory().candidates(address)
        if self.judgement.verdict in REFUSED_ADDRESSES:
            raise ValidationError(self.judgement.explanation)
        return address


class CodeForm(forms.Form):
    """Step 2: the six digits from the mail; spaces, hyphens and full-width digits are forgiven."""

    code = forms.CharField(
        label="6桁の数字",
        help_text="10分のあいだ使えます。貼り付けもできます。",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "data-kind": "code"}
        ),
        error_messages={"required": "メールに書いてある6桁の数字を入力してください。"},
    )

    def clean_code(self) -> str:
        """Six ASCII digits."""
        code = "".join(sign for sign in nfkc(self.cleaned_data["code"]) if sign not in " -‐−ー")
        if not (code.isascii() and code.isdigit() and len(code) == 6):
            raise ValidationError("6桁の数字で入力してください。")
        return code


ORGANISATION_WORDS: dict[str, Any] = {
    "label": "団体",
    "to_field_name": "slug",
    "empty_label": "選んでください",
    "error_messages": {
        "required": (
            "団体を選んでください。一覧に出ていないときは、"
            "都道府県を選んで「この都道府県の団体を選ぶ」を押してください。"
        ),
        "invalid_choice": "選んだ都道府県に、この団体はありません。もう一度選んでください。",
    },
}


class OrganisationField(forms.ModelChoiceField):
    """A choice among the organisations of one place; the prefecture is named above, so the name is enough."""

    def label_from_instance(self, organisation) -> str:
        """The short name."""
        return organisation.name


def organisations_in(place: str):
    """The existing organisations of a prefecture code or of AGENCIES; none for anything else."""
    existing = Organisation.objects.existing()
    if place == AGENCIES:
        return existing.filter(kind=Organisation.Kind.AGENCY).order_by("kana")
    return existing.of_prefecture(place) if place in PREFECTURE_NAMES else existing.none()


def place_of(organisation: Organisation | None) -> str:
    """The value of the first select under which an organisation is found."""
    if organisation is None:
        return ""
    return organisation.prefecture_code or AGENCIES


class DetailsForm(SectionForm):
    """Step 3: organisation, section, name and password.

    `registration` is the application with a proven address. The organisations offered are those of the
    chosen place. Everything typed comes back after an error, the password too: the page goes to the person
    who typed it, uncached.
    """

    field_order = ["prefecture", "organisation", "section", "title", "name", "kana", "password"]
    prefecture = forms.ChoiceField(
        label="都道府県（府省庁の方は「国の機関」）",
        choices=PLACES,
        error_messages={"required": "都道府県を選んでください。"},
    )
    organisation = OrganisationField(queryset=Organisation.objects.none(), **ORGANISATION_WORDS)
    name = forms.CharField(
        label="氏名",
        help_text="姓と名のあいだに空白を入れてください。",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "氏名を入力してください。"},
    )
    kana = forms.CharField(
        label="ふりがな",
        help_text="ひらがなで。カタカナは直します。",
        max_length=80,
        error_messages={"required": "ふりがなを入力してください。"},
    )
    password = forms.CharField(
        label="パスワード",
        max_length=settings.PASSWORD_LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        error_messages={"required": "パスワードを決めてください。"},
    )

    def __init__(self, *args, registration: Registration, place: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.registration = registration
        choices = organisations_in(place)
        self.fields["organisation"] = OrganisationField(queryset=choices, **ORGANISATION_WORDS)
        password, length = self.fields["password"], f"{settings.PASSWORD_SHORTEST}文字以上"
        password.help_text = f"{length}。貼り付けもできます。"
        if registration.password:
            password.required = False
            password.help_text = f"決めてあります。変えるときだけ、{length}で入力してください。"

    def clean_name(self) -> str:
        """Family name, space, given name."""
        return clean_name(self.cleaned_data["name"])

    def clean_kana(self) -> str:
        """The reading in hiragana."""
        return clean_kana(self.cleaned_data["kana"])

    def clean(self) -> dict:
        """Judge the password last, when address and name are known as words to keep out of it."""
        cleaned = super().clean() or {}
        if password := cleaned.get("password"):
            applicant = Member(email=self.registration.email, name=cleaned.get("name", ""))
            applicant.affiliation = Affiliation(organisation=cleaned.get("organisation"))
            try:
                validate_password(password, applicant)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def facts(self) -> dict:
        """The arguments of `fill_in`; the password leaves the form hashed only."""
        fields = ("organisation", "section", "title", "name", "kana")
        password = self.cleaned_data["password"]
        facts = {field: self.cleaned_data[field] for field in fields}
        return facts | {"password_hash": make_password(password) if password else ""}


class AnswerForm(forms.Form):
    """What the applicant answers the secretariat on the status page."""

    answer = forms.CharField(
        label="お答え",
        help_text="400文字まで。",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "お答えを書いてください。"},
    )

    def clean_answer(self) -> str:
        """The visible text."""
        if answer := visible(self.cleaned_data["answer"]).strip():
            return answer
        raise ValidationError("お答えを書いてください。")


class ConductForm(forms.Form):
    """Step 4: the code of conduct, and a word to the approver."""

    note = forms.CharField(
        label="事務局へのひとこと（なくてもかまいません）",
        help_text="所属の確認に役立つこと（代表番号、職員録の掲載など）があれば書いてください。400文字まで。",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    accept = forms.BooleanField(
        label="行動規範を守ります",
        error_messages={"required": "申し込むには、行動規範への同意が必要です。"},
    )

    def clean_note(self) -> str:
        """The visible text."""
        return visible(self.cleaned_data["note"]).strip()
