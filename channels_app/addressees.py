"""Who can be addressed in a channel, and whom somebody means who has typed a few signs after an @."""

import re
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from accounts.models import Affiliation, Ambassador, Member, Organisation
from accounts.models.organisations import PREFECTURE_NAMES
from channels_app.models import Channel, Membership, Post
from kyoso.lib.japanese import folded, kana_pattern, nfkc, to_hiragana

AMBASSADORS = "アンバサダー"
ROWS = 8
ORGANISATIONS = 3  # rows that people leave to organisations
RECENT = 50  # posts whose authors are offered before anything is typed
UNFINISHED = re.compile(r"(?<=[^!-~])[a-z]+$")  # what an input method shows of a syllable half typed


@dataclass(frozen=True)
class Suggestion:
    """One row of the list: what it shows, and the text that the choice writes after the @."""

    name: str
    note: str
    text: str
    face: Member | None = None
    is_here: bool = True


def people_in(channel: Channel) -> QuerySet:
    """The active members who are in a channel now."""
    stays = Membership.objects.current().filter(channel=channel, member=OuterRef("pk"))
    return Member.objects.active().filter(Exists(stays))


def readers_of(channel: Channel) -> QuerySet:
    """The active members who may see a channel: all, or those who are in a closed one."""
    return people_in(channel) if channel.is_closed else Member.objects.active()


def ambassadors_of(channel: Channel) -> QuerySet:
    """The channel's ambassadors: those of its prefecture, or those who are in it."""
    serving = Ambassador.objects.serving()
    if channel.kind == Channel.Kind.REGIONAL and channel.prefecture_code:
        at_home = serving.filter(prefecture_code=channel.prefecture_code)
        return Member.objects.active().filter(pk__in=at_home.values("member"))
    return people_in(channel).filter(pk__in=serving.values("member"))


def suggestions(member: Member, channel: Channel, typed: str, root: Post | None = None) -> list[Suggestion]:
    """At most eight addressees for what was typed after an @: kanji, kana, Latin letters, organisation.

    People in the channel come first, then others who may see it; then organisations somebody of which is in
    it. Nothing typed offers who has posted lately, in the thread of `root` or in the channel. `member` is
    left out. Three queries at most.
    """
    key = UNFINISHED.sub("", "".join(folded(typed).split()))
    pattern = kana_pattern(key)
    everybody = _everybody(channel, key, pattern)
    organisations = _organisations(channel, typed, key, pattern) if key else []
    left = ROWS - len(everybody) - len(organisations)
    found = _people(channel, key, pattern) if key else _recent(channel, root)
    people = list(found.exclude(member=member)[:left])
    return [*everybody, *_named(people), *organisations]


def _everybody(channel: Channel, key: str, pattern: str) -> list[Suggestion]:
    reading = folded(AMBASSADORS)
    meant = reading.startswith(key) or bool(pattern and re.match(pattern, reading))
    if not meant or not ambassadors_of(channel).exists():
        return []
    regional = channel.kind == Channel.Kind.REGIONAL and channel.prefecture_code
    place = PREFECTURE_NAMES.get(channel.prefecture_code, "") if regional else "このチャンネル"
    return [Suggestion(AMBASSADORS, f"{place}のアンバサダー全員", AMBASSADORS)]


def _people(channel: Channel, key: str, pattern: str) -> QuerySet:
    """Present affiliations of those who are meant: in the channel, then by a name that begins so, first."""
    row = "member__directory_row__text"
    meant = Q(GreaterThan(StrIndex(row, Value(key)), 0))
    begins = Q(**{f"{row}__startswith": key}) | Q(**{f"{row}__contains": f"\n{key}"})
    if pattern:
        meant |= Q(**{f"{row}__regex": pattern})
        begins |= Q(**{f"{row}__regex": f"(?n)^{pattern}"})
    return (
        _present(channel)
        .filter(meant)
        .annotate(begins=Case(When(begins, True), default=False, output_field=BooleanField()))
        .order_by("-is_here", "-begins", "member__directory_row__kana", "member_id")
    )


def _recent(channel: Channel, root: Post | None) -> QuerySet:
    """Present affiliations of those who posted last, the latest first."""
    posts = Post.objects.filter(channel=channel)
    posts = posts.filter(Q(root=root) | Q(pk=root.pk)) if root else posts.in_channel()
    latest = posts.order_by("-posted_at", "-id")
    authors = list(dict.fromkeys(latest.values_list("author", flat=True)[:RECENT]))
    order = Case(*(When(member=pk, then=place) for place, pk in enumerate(authors)), default=len(authors))
    return _present(channel).filter(member__in=authors).order_by(order)


def _present(channel: Channel) -> QuerySet:
    stays = Membership.objects.current().filter(channel=channel, member=OuterRef("member"))
    present = Affiliation.objects.current().filter(member__is_active=True).annotate(is_here=Exists(stays))
    present = present.filter(is_here=True) if channel.is_closed else present
    return present.select_related("member", "organisation")


def _named(people: list[Any]) -> list[Suggestion]:
    """氏名（団体）; with the section where two would read the same."""
    names = [f"{one.member.name}（{one.organisation.full_name}）" for one in people]
    texts = [
        f"{one.member.name}（{one.label}）" if names.count(name) > 1 else name
        for one, name in zip(people, names, strict=True)
    ]
    return [
        Suggestion(one.member.name, one.label, text, one.member, one.is_here)
        for one, text in zip(people, texts, strict=True)
    ]


def _organisations(channel: Channel, typed: str, key: str, pattern: str) -> list[Suggestion]:
    """Organisations, by name, reading or prefecture, of which somebody is in the channel."""
    name = "".join(nfkc(typed).split())
    meant = Q(name__contains=name) | Q(kana__contains=to_hiragana(key))
    if pattern:
        meant |= Q(kana__regex=f"^{pattern}")
    for code, prefecture in PREFECTURE_NAMES.items():
        if name.startswith(prefecture):
            meant |= Q(prefecture_code=code, name__contains=name.removeprefix(prefecture))
    here = Affiliation.objects.current().filter(organisation=OuterRef("pk"), member__in=people_in(channel))
    found = Organisation.objects.filter(meant).filter(Exists(here))
    rows = found.order_by("prefecture_code", "-is_prefecture", "kana")[:ORGANISATIONS]
    return [Suggestion(row.full_name, "このチャンネルにいる職員全員", row.full_name) for row in rows]
