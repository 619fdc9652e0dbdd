"""The demo community's people: members with affiliations, past ones too, ambassadors, applicants."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.actions import directory_rows
from accounts.conduct import CONDUCT_VERSION
from accounts.models import (
    Acceptance,
    Affiliation,
    Ambassador,
    Inquiry,
    Invitation,
    Member,
    Organisation,
    Registration,
)
from channels_app.demo.accounts import PASSWORD, ROLES, content
from channels_app.live import log
from channels_app.models import LiveStream


def add_people() -> dict[str, Member]:
    """Make the members of people.json; returns them by key. Only those with a role can sign in."""
    organisations = {o.slug: o for o in Organisation.objects.all()}
    members = {}
    for person in content("people"):
        member = _member(person)
        _affiliate(member, person, organisations)
        if person["ambassador_region"]:
            _appoint(member, person["ambassador_region"])
        log.open_stream(LiveStream.Kind.MEMBER, member.pk)
        members[person["key"]] = member
    directory_rows.refresh_all()
    return members


def _member(person: dict) -> Member:
    member = Member.objects.create_user(
        person["email"],
        PASSWORD if person["key"] in ROLES else None,
        name=person["name"],
        kana=person["kana"],
        role=person["role"],
        introduction=person["introduction"],
        helps_with=person["helps_with"],
        joined_at=_ago(days=person["joined_days_ago"]),
        conduct_version=CONDUCT_VERSION,
    )
    Acceptance.objects.create(member=member, version=CONDUCT_VERSION, accepted_at=member.joined_at)
    EmailAddress.objects.create(user=member, email=member.email, verified=True, primary=True)
    return member


def _affiliate(member: Member, person: dict, organisations: dict[str, Organisation]) -> None:
    """The past affiliations one after the other, then the present one."""
    begun = _ago(days=person["joined_days_ago"]).date()
    for past in person.get("past", []):
        until = _ago(days=past["until_days_ago"]).date()
        begun = min(begun, until - timedelta(days=365))
        _affiliation(member, organisations[past["organisation"]], past["section"], "", begun, until)
        begun = until + timedelta(days=1)
    present = organisations[person["organisation"]]
    _affiliation(member, present, person["section"], person["title"], begun, None)


def _affiliation(member, organisation, section, title, begun, until) -> None:
    Affiliation.objects.create(
        member=member,
        organisation=organisation,
        section=section,
        title=title,
        email=member.email,
        verified_at=member.joined_at,
        valid_from=begun,
        valid_to=until,
    )


def _appoint(member: Member, prefecture_code: str) -> None:
    """A one-year term that began in July, as on the real platform."""
    today = timezone.localdate()
    begun = today.replace(year=today.year - (today.month < 7), month=7, day=1)
    until = begun.replace(year=begun.year + 1) - timedelta(days=1)
    Ambassador.objects.create(
        member=member, prefecture_code=prefecture_code, valid_from=begun, valid_to=until
    )


def add_applicants() -> None:
    """Make the applications of registrations.json, waiting at the desk."""
    organisations = {o.slug: o for o in Organisation.objects.all()}
    for row in content("registrations"):
        submitted = _ago(hours=row["submitted_hours_ago"])
        registration = Registration.objects.create(
            email=row["email"],
            email_verified_at=submitted,
            organisation=organisations[row["organisation"]],
            section=row["section"],
            title=row["title"],
            name=row["name"],
            kana=row["kana"],
            note=row["note"],
            password="!",  # noqa: S106  (nobody signs in as a fictional applicant)
            conduct_version="2026-11",
            conduct_accepted_at=submitted,
            submitted_at=submitted,
            created_at=submitted,
            invitation=_invitation(row, organisations[row["organisation"]], submitted),
            **_question(row),
        )
        _keep_inquiries(registration, row)


def _invitation(row: dict, organisation: Organisation, submitted) -> Invitation | None:
    """The word of the member who vouches for an applicant, if there is one; used when they applied."""
    if "invited_by" not in row:
        return None
    inviter = {person["key"]: person["email"] for person in content("people")}[row["invited_by"]]
    return Invitation.objects.create(
        email=row["email"],
        invited_by=Member.objects.get(email=inviter),
        organisation=organisation,
        relation=row["relation"],
        invited_at=submitted - timedelta(days=2),
        used_at=submitted,
    )


def _question(row: dict) -> dict:
    """What the desk asked an applicant who has not answered yet."""
    if "question" not in row:
        return {}
    approver = Member.objects.filter(role=Member.Role.APPROVER).first()
    asked = _ago(hours=row["asked_hours_ago"])
    return {"question": row["question"], "asked_at": asked, "asked_by": approver}


def _keep_inquiries(registration: Registration, row: dict) -> None:
    """What the desk asked before its present question, with the answers."""
    for asked in row.get("inquiries", []):
        Inquiry.objects.create(
            registration=registration,
            question=asked["question"],
            asked_at=_ago(hours=asked["asked_hours_ago"]),
            asked_by=registration.asked_by,
            answer=asked["answer"],
            answered_at=_ago(hours=asked["answered_hours_ago"]),
        )


def _ago(**span):
    return timezone.now() - timedelta(**span)
