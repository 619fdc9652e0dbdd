"""How a member is shown in the directory and on their page."""

from dataclasses import dataclass

from accounts.models import Member

AMBASSADOR = ("ambassador", "アンバサダー")
SECRETARIAT = ("secretariat", "事務局")


@dataclass(frozen=True, slots=True)
class MemberCard:
    """A member with the badges they wear today: kind of organisation, ambassador, secretariat."""

    member: Member

    @property
    def badges(self) -> list[tuple[str, str]]:
        """(kind, label) of each. No query after `with_affiliations()` and `with_terms()`."""
        affiliation = self.member.affiliation
        worn = [affiliation.organisation.badge] if affiliation else []
        worn += [AMBASSADOR] if self.member.is_ambassador else []
        return worn + ([SECRETARIAT] if self.member.is_secretariat else [])
