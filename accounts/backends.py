"""Who a session belongs to."""

from allauth.account import auth_backends
from django.db import connection
from django.db.models import QuerySet

from accounts.models import Affiliation, Member, Organisation
from kyoso.lib.kept import Kept


class AuthenticationBackend(auth_backends.AuthenticationBackend):
    """allauth's, except that a request learns its member and where they work in one query."""

    def get_user(self, user_id) -> Member | None:
        """The active member with this id and their affiliation, or None."""
        rows = SIGNED_IN.rows(member=int(user_id))
        if not rows:
            return super().get_user(user_id)
        member, affiliation, organisation = _objects(rows[0])
        affiliation.organisation, member.affiliation = organisation, affiliation
        return member if self.user_can_authenticate(member) else None


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
