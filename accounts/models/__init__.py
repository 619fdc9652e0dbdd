"""The nouns of WHO, one file each."""

from .acceptances import Acceptance
from .affiliations import Affiliation
from .ambassadors import Ambassador
from .audit import AuditEntry, AuditHead
from .audit_anchors import AuditAnchor
from .directory_rows import DirectoryRow
from .inquiries import Inquiry
from .invitations import Invitation
from .members import Member
from .organisation_changes import OrganisationChange
from .organisation_uploads import OrganisationUpload
from .organisations import Agency, EmailDomain, Municipality, Organisation, Prefecture
from .registrations import Registration
from .sign_ins import SignIn

__all__ = [
    "Acceptance",
    "Affiliation",
    "Agency",
    "Ambassador",
    "AuditAnchor",
    "AuditEntry",
    "AuditHead",
    "DirectoryRow",
    "EmailDomain",
    "Inquiry",
    "Invitation",
    "Member",
    "Municipality",
    "Organisation",
    "OrganisationChange",
    "OrganisationUpload",
    "Prefecture",
    "Registration",
    "SignIn",
]
