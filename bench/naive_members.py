"""The control arm of the directory: the same page, searched over joined tables, each row by its template."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.shortcuts import render

from accounts.cards import ON_A_PAGE, DirectoryLine, drawn_row
from accounts.forms.members import SearchForm
from accounts.models import Affiliation, Member
from kyoso.lib.japanese import to_hiragana


@dataclass(frozen=True)
class Row:
    """A line of the directory whose HTML is made when the page asks for it."""

    member: Member

    @property
    def html(self) -> str:
        """The row by its template."""
        return drawn_row(line_of(self.member))


def line_of(member: Member) -> DirectoryLine:
    """What the line of a member fetched `with_affiliations()` and `with_terms()` prints."""
    affiliation = member.affiliation
    own = ("pk", "name", "kana", "picture", "helps_with", "role", "suspended_at", "departed_at")
    facts = {field: getattr(member, field) for field in (*own, "is_ambassador")}
    place = affiliation.organisation if affiliation else None
    return DirectoryLine(
        **facts,
        section=affiliation.section if affiliation else None,
        place_slug=place and place.slug,
        place_name=place and place.name,
        place_kind=place and place.kind,
        prefecture_code=place and place.prefecture_code,
    )


def index(request):
    """The directory for the words of `?q=`."""
    form = SearchForm(request.GET)
    people = found_by(Member.objects.visible_to(request.user).active(), request.GET.get("q", ""))
    page = Paginator(people.with_affiliations().with_terms(), ON_A_PAGE).get_page(request.GET.get("page"))
    page.object_list = [Row(member) for member in page.object_list]
    return render(request, "members/index.html", {"form": form, "members": page})


def found_by(people, words: str):
    """Members for whom every word is in one of the columns that the directory searches."""
    found = people.alias(joined_name=Replace("name", Value(" "), Value("")))
    for word in words.split():
        kana = to_hiragana(word)
        places = Affiliation.objects.current().filter(
            Q(organisation__name__icontains=word)
            | Q(organisation__kana__icontains=kana)
            | Q(section__icontains=word)
            | Q(title__icontains=word)
        )
        person = Q(name__icontains=word) | Q(joined_name__icontains=word) | Q(kana__icontains=kana)
        found = found.filter(person | Q(helps_with__icontains=word) | Q(pk__in=places.values("member")))
    return found
