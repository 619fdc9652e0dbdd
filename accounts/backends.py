"""Who a session belongs to."""

from allauth.account import auth_backends
from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Affiliation, Member, Organisation
from kyoso.lib.kept import Kept


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """allauth's, except that a request learns its member and where they work in one query.

    And except that a log-in asks the same of the database for every address (docs/security.md A8).
    """

    def _authenticate_by_email(self, email: str, password: str) -> Member | None:
        return next((owner for owner in owners_of(email) if self._check_password(owner, password)), None)

    def get_user(self, user_id) -> Member | None:
        """The active member with this id and their affiliation, or None."""
        rows = SIGNED_IN.rows(member=int(user_id))
        if not rows:
            return super().get_user(user_id)
        member, affiliation, organisation = _objects(rows[0])
        affiliation.organisation, member.affiliation = organisation, affiliation
        return member if self.user_can_authenticate(member) else None


def owners_of(email: str) -> list[Member]:
    """Who has proven an address, else whose address it is; at most one.

    Always the same two statements: the library asks the second table only when the first knows nothing, and
    that can be told from outside by the time it takes.
    """
    proven = EmailAddress.objects.filter(email=email.lower(), verified=True).select_related("user")
    proven_by = [row.user for row in proven]
    own = list(Member.objects.filter(email=email.lower()))
    return proven_by or own


PARTS = [
    (model, prefix, model._meta.concrete_fields)
    for model, prefix in ((Member, "member__"), (Affiliation, ""), (Organisation, "organisation__"))
]


def _signed_in(member: int) -> QuerySet:
    columns = [prefix + field.attname for _, prefix, fields in PARTS for field in fields]
    return Affiliation.objects.current().filter(member=member).values_list(*columns)


SIGNED_IN = Kept(_signed_in, member=int)


def _objects(row: tuple) -> list:
    """The model instances of one row of SIGNED_IN, in the order of PARTS."""
    made, values = [], iter(row)
    for model, _, fields in PARTS:
        shown = [_shown(field, next(values)) for field in fields]
        made.append(model.from_db("default", [field.attname for field in fields], shown))
    return made


def _shown(field, value):
    """A column as Python sees it: kept SQL passes by the ORM's own conversion (JSON comes as text)."""
    return field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
