"""Looking members up for a choice: the first few that fit, with where they work."""

from accounts.models import DirectoryRow, Member

MOST_FOUND = 20


def candidates(visitor: Member, words: str, *, without=()) -> list[Member]:
    """The first active members who fit the words, in the order of their kana; none for "".

    `without` are ids (or a query of ids) of those who cannot be chosen. Three queries.
    """
    if not words.strip():
        return []
    rows = DirectoryRow.objects.visible_to(visitor).found_by(words).exclude(member__in=without)
    found = rows.filter(member__is_active=True).order_by("kana", "member_id")
    first = list(found.values_list("member", flat=True)[:MOST_FOUND])
    people = Member.objects.visible_to(visitor).active().with_affiliations().filter(pk__in=first)
    return sorted(people, key=lambda one: first.index(one.pk))
