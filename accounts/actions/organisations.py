"""Deeds on the organisation master."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.master.rows import AgencyRow, OrganisationRow, read_agencies, read_organisations
from accounts.models.organisation_changes import OrganisationChange
from accounts.models.organisations import EmailDomain, Organisation

# What the committed files decide. Population is the operator's own import and is never overwritten.
MASTER_FIELDS = ["code", "kind", "name", "kana", "gun", "gun_kana", "prefecture_code"]
AGENCY_EVIDENCE = "府省庁の一覧による"


@dataclass(frozen=True)
class Loaded:
    """How many rows a load wrote; all zero when the database already held the master."""

    created: int
    updated: int
    domains: int


@transaction.atomic
def load_master() -> Loaded:
    """Bring the committed organisations and agencies into the database.

    Side effects: creates missing organisations, updates changed ones, creates the agencies' missing mail
    domains. Organisations that the secretariat or a dated import changed are newer than the files, and stay
    as they are; so do organisations the files do not name and domains already tied to
    another organisation. Running it again writes nothing.
    """
    agencies = read_agencies()
    wanted = [*map(local_body, read_organisations()), *map(agency, agencies)]
    created, updated = upsert(wanted)
    return Loaded(created, updated, domains=add_agency_domains(agencies))


def local_body(row: OrganisationRow) -> Organisation:
    """The unsaved organisation of a row of organisations.csv."""
    facts = {field: getattr(row, field) for field in MASTER_FIELDS}
    return Organisation(slug=row.slug, population=row.population, **facts)


def agency(row: AgencyRow) -> Organisation:
    """The unsaved organisation of a row of agencies.csv."""
    return Organisation(slug=row.slug, kind=Organisation.Kind.AGENCY, name=row.name, kana=row.kana)


def upsert(wanted: Iterable[Organisation]) -> tuple[int, int]:
    """Create or update organisations by slug in at most four queries; returns (created, updated)."""
    known = {organisation.slug: organisation for organisation in Organisation.objects.order_by()}
    noted = set(OrganisationChange.objects.order_by().values_list("organisation", flat=True))
    new, changed = [], []
    for organisation in wanted:
        current = known.get(organisation.slug)
        if current is None:
            new.append(organisation)
        elif (
            not is_dated(current) and current.pk not in noted and facts_of(current) != facts_of(organisation)
        ):
            organisation.pk = current.pk
            changed.append(organisation)
    Organisation.objects.bulk_create(new)
    if changed:
        Organisation.objects.bulk_update(changed, MASTER_FIELDS)
    return len(new), len(changed)


def is_dated(organisation: Organisation) -> bool:
    """Whether a dated import has changed the organisation."""
    return organisation.valid_from is not None or organisation.valid_to is not None


def facts_of(organisation: Organisation) -> list:
    """What the committed files say about an organisation, for comparing."""
    return [getattr(organisation, field) for field in MASTER_FIELDS]


def add_agency_domains(agencies: Iterable[AgencyRow]) -> int:
    """Tie each agency's mail domain to it where the domain is still free; returns how many were new."""
    taken = set(EmailDomain.objects.values_list("domain", flat=True))
    owners = dict(Organisation.objects.filter(kind=Organisation.Kind.AGENCY).values_list("slug", "pk"))
    new = [
        EmailDomain(
            organisation_id=owners[row.slug],
            domain=row.slug,
            kind=EmailDomain.Kind.AGENCY,
            evidence=AGENCY_EVIDENCE,
        )
        for row in agencies
        if row.slug not in taken
    ]
    EmailDomain.objects.bulk_create(new)
    return len(new)
