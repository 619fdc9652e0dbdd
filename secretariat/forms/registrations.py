"""Deciding on an application: evidence, question, reason, and the rows of a batch."""

from django import forms

from accounts.addresses import MalformedAddress, bindable_domain
from accounts.forms.texts import visible
from accounts.models import Registration
from secretariat.evidence import Case

METHODS = {
    "site": "団体の公式サイトに同じドメインがある",
    "phone": "公表された代表電話で本人の在籍を聞いた",
    "member": "会員が在籍を確かめた",
}


def text_field(label: str, help_text: str, required: str, rows: int = 3) -> forms.CharField:
    """A field for a few sentences, up to 400 characters."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": required},
    )


def said(text: str, required: str) -> str:
    """The visible text; raises ValidationError when nothing is left of it."""
    if found := visible(text).strip():
        return found
    raise forms.ValidationError(required)


class RefusalForm(forms.Form):
    """Why an application is turned down."""

    REQUIRED = "お断りする理由を書いてください。"
    reason = text_field("お断りする理由", "申し込んだ方が読みます。400文字まで。", REQUIRED, rows=4)

    def clean_reason(self) -> str:
        """The visible text."""
        return said(self.cleaned_data["reason"], self.REQUIRED)


class QuestionForm(forms.Form):
    """What the applicant is asked."""

    REQUIRED = "本人に確かめたいことを書いてください。"
    question = text_field("本人に確かめたいこと", "申し込んだ方が読みます。400文字まで。", REQUIRED)

    def clean_question(self) -> str:
        """The visible text."""
        return said(self.cleaned_data["question"], self.REQUIRED)


class EvidenceForm(forms.Form):
    """How an approver made sure, where the address does not show the organisation."""

    REQUIRED = "何を見て、または誰に聞いて確かめたかを書いてください。"
    method = forms.ChoiceField(
        label="どう確かめましたか",
        choices=list(METHODS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "どう確かめたかを選んでください。"},
    )
    evidence = text_field("根拠", "見たページや、聞いた相手と日付。審査する人だけが読みます。", REQUIRED, 2)
    keep_domain = forms.BooleanField(label="", required=False, initial=True)

    def __init__(self, *args, case: Case, **kwargs):
        super().__init__(*args, **kwargs)
        host = case.judgement.host
        self.unfit = "" if case.judgement.slugs else unfitness(host)
        if case.judgement.slugs or self.unfit:
            del self.fields["keep_domain"]
        else:
            self.fields["keep_domain"].label = f"{host} を{case.organisation.name}のドメインとして1年間使う"

    def clean_evidence(self) -> str:
        """The visible text."""
        return said(self.cleaned_data["evidence"], self.REQUIRED)

    def facts(self) -> dict:
        """The arguments of the approval."""
        typed = self.cleaned_data
        evidence = f"{METHODS[typed['method']]}：{typed['evidence']}"
        return {"evidence": evidence, "keep_domain": typed.get("keep_domain", False)}


def unfitness(host: str) -> str:
    """Why a domain may not be tied to one organisation, or ""."""
    try:
        bindable_domain(host)
    except MalformedAddress as reason:
        return str(reason)
    return ""


class BatchForm(forms.Form):
    """The rows that were ticked. An unknown id is an error, a decided one is told apart later."""

    chosen = forms.ModelMultipleChoiceField(
        Registration.objects.none(),
        error_messages={
            "required": "承認する申し込みを選んでください。",
            "invalid_choice": "選んだ申し込みが見つかりません。もう一度選んでください。",
            "invalid_pk_value": "選んだ申し込みが見つかりません。もう一度選んでください。",
            "invalid_list": "選んだ申し込みが見つかりません。もう一度選んでください。",
        },
    )

    def __init__(self, *args, seen, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["chosen"].queryset = seen  # type: ignore[attr-defined]
