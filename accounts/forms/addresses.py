"""A member's new work address: judged before a code is sent to it."""

from allauth.account.forms import AddEmailForm
from django.core.exceptions import ValidationError

from accounts.judgement import Judgement, Verdict
from accounts.mailbox import MalformedAddress, normalise_address
from accounts.models import Member
from accounts.shared_directory import shared_directory

REFUSED = {Verdict.FREE_MAIL, Verdict.MALFORMED}
ELSEWHERE = (
    "いまの所属の団体のアドレスと確かめられません。異動したときや、団体のドメインが変わったときは、"
    "事務局にご連絡ください。"
)


class NewAddressForm(AddEmailForm):
    """allauth's form for another address; only one of the member's own organisation is taken."""

    def clean_email(self) -> str:
        """The normalised address. Free mail and other organisations' addresses are refused."""
        try:
            address = normalise_address(self.cleaned_data["email"])
        except MalformedAddress as error:
            raise ValidationError(str(error)) from error
        judgement = shared_directory().candidates(address)
        if judgement.verdict in REFUSED:
            raise ValidationError(judgement.explanation)
        if not at_own_organisation(self.user, judgement):
            raise ValidationError(ELSEWHERE)
        self.cleaned_data["email"] = address
        return super().clean_email()


def at_own_organisation(member: Member, judgement: Judgement) -> bool:
    """Whether an address may be the member's: it fits their organisation, or has the host of the present one.

    Anything else would be a change of organisation without a person's approval (docs/security.md A5).
    """
    if judgement.host == member.email.partition("@")[2]:
        return True
    return member.affiliation is not None and member.affiliation.organisation.slug in judgement.slugs
