"""The code of conduct that every applicant accepts."""

# Change it together with templates/registrations/_conduct.html: it says which wording a member accepted.
CONDUCT_VERSION = "2026-11"
