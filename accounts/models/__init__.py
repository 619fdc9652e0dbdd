"""The nouns of WHO, one file each."""

from .affiliations import Affiliation
from .ambassadors import Ambassador
from .audit import AuditEntry
from .members import Member
from .organisations import Agency, EmailDomain, Municipality, Organisation, Prefecture
from .registrations import Registration

__all__ = [
    "Affiliation",
    "Agency",
    "Ambassador",
    "AuditEntry",
    "EmailDomain",
    "Member",
    "Municipality",
    "Organisation",
    "Prefecture",
    "Registration",
]
