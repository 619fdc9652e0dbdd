"""Keeping the directory's search rows current."""

from itertools import islice

from accounts.models import DirectoryRow, Member
from kyoso.lib.japanese import folded

AT_ONCE = 1_000


def refresh(members) -> int:
    """Write the search rows of `members` (a QuerySet) anew; returns their number.

    To be called in the same transaction by every deed that changes a name, a reading, the present
    affiliation, the expertise, or the name of an organisation (then for the members who work there).
    """
    written = 0
    people = members.with_affiliations().order_by("pk").iterator(chunk_size=AT_ONCE)
    while some := list(islice(people, AT_ONCE)):
        DirectoryRow.objects.bulk_create(
            [row_of(member) for member in some],
            update_conflicts=True,
            unique_fields=["member"],
            update_fields=["text", "kana", "prefecture_code"],
        )
        written += len(some)
    return written


def refresh_all() -> int:
    """Every member's row: after a load, and each night as a second net."""
    return refresh(Member.objects.all())


def row_of(member: Member) -> DirectoryRow:
    """The unsaved row of a member fetched `with_affiliations()`."""
    parts = [member.name, member.kana, *member.expertise]
    prefecture = ""
    if affiliation := member.affiliation:
        organisation = affiliation.organisation
        prefecture = organisation.prefecture_code
        parts += [organisation.full_name, organisation.kana, affiliation.section, affiliation.title]
    text = "\n".join("".join(folded(part).split()) for part in parts)
    return DirectoryRow(member=member, text=text, kana=member.kana, prefecture_code=prefecture)
