"""Whom a post addresses: @氏名（団体）, @団体の正式な表示名, @アンバサダー."""

import re
from collections.abc import Iterable

from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Replace

from accounts.models import Affiliation, Organisation
from accounts.models.organisations import PREFECTURES
from channels_app.addressees import AMBASSADORS, ambassadors_of, people_in, readers_of
from channels_app.models import Channel, Mention, Post
from kyoso.lib import markdown
from kyoso.lib.japanese import nfkc

Kind = Mention.Kind
LONGEST_ORGANISATION = 90  # characters: the prefecture and a name of 80
NAMED = re.compile(r"(?P<name>[^@＠（(\n]{1,70})[（(](?P<place>[^）)\n]{1,160})[）)]")


class Addressees(dict[str, str]):
    """Marks ("m7", "o12", "a") by the name as it is typed, without white space and in one width (NFKC)."""

    def add(self, name: str, mark: str) -> None:
        """Note whom a name addresses; namesakes in one section are all addressed."""
        key = plain(name)
        self[key] = f"{self[key]} {mark}" if key in self else mark

    def find(self, rest: str) -> tuple[int, str] | None:
        """The longest name that `rest` begins with, as (length, mark)."""
        named = NAMED.match(rest)
        if named and (mark := self.get(plain(named[0]))):
            return named.end(), mark
        for length, key in reversed(beginnings(rest)):
            if mark := self.get(key):
                return length, mark
        return None


def plain(text: str) -> str:
    """A name as it is compared: without white space, in one width."""
    return "".join(nfkc(text).split())


def beginnings(rest: str) -> list[tuple[int, str]]:
    """(length, plain text) of every beginning that may be an organisation or アンバサダー."""
    return [(length, plain(rest[:length])) for length in range(1, min(len(rest), LONGEST_ORGANISATION) + 1)]


def address(post: Post) -> None:
    """Resolve whom the text of a post addresses; called by publish_post and edit_post in their transaction.

    Only people who may see the channel are addressed: a member by name and organisation (the section too if
    need be), an organisation when somebody of it is in the channel, the ambassadors of a regional channel's
    prefecture, elsewhere those in the channel. Whatever else follows an @ stays text. A constant number of
    queries; none for a new post without an @. Side effects in order: mention rows removed and added, the
    post's html.
    """
    sought = markdown.after_signs(post.text)
    if not sought and post.edited_at is None:
        return
    addressees = resolve(post.channel, sought)
    html = markdown.to_html(post.text, addressees.find)
    _store(post, markdown.mentions_in(html))
    if html != post.html:
        post.html = html
        Post.objects.filter(pk=post.pk).update(html=html)


def to_html(channel: Channel, text: str) -> str:
    """A text as it would stand in the channel, mentions included: what a preview shows."""
    sought = markdown.after_signs(text)
    return markdown.to_html(text, resolve(channel, sought).find if sought else None)


def resolve(channel: Channel, sought: Iterable[str]) -> Addressees:
    """Everybody named at the beginning of one of the `sought` texts; three queries at most."""
    sought, addressees = list(sought), Addressees()
    named = [match for rest in sought if (match := NAMED.match(rest))]
    places = {plain(match["place"]) for match in named}
    organisations = _organisations(channel, sought, places)
    for organisation in organisations:
        if organisation.is_here:  # type: ignore[attr-defined]  # annotated by the query
            addressees.add(organisation.full_name, f"o{organisation.pk}")
    _add_members(addressees, channel, {match["name"] for match in named}, organisations)
    if any(plain(rest).startswith(AMBASSADORS) for rest in sought) and ambassadors_of(channel).exists():
        addressees.add(AMBASSADORS, "a")
    return addressees


def _organisations(channel: Channel, sought: list[str], places: set[str]) -> list[Organisation]:
    """The organisations that may be meant, each with `is_here`: somebody of it is in the channel."""
    names = {key for rest in sought for _, key in beginnings(rest)}
    names |= {place[:length] for place in places for length in range(1, len(place) + 1)}
    for prefecture in PREFECTURES:
        names |= {name.removeprefix(prefecture) for name in names if name.startswith(prefecture)}
    if not names:
        return []
    here = Affiliation.objects.current().filter(organisation=OuterRef("pk"), member__in=people_in(channel))
    return list(Organisation.objects.filter(name__in=names).annotate(is_here=Exists(here)))


def _add_members(addressees: Addressees, channel: Channel, names: set[str], organisations: list) -> None:
    if not names or not organisations:
        return
    spaceless = Replace(Replace(F("member__name"), Value(" ")), Value("\u3000"))
    typed = {"".join(name.split()) for name in names} | {plain(name) for name in names}
    working = (
        Affiliation.objects.current()
        .filter(organisation__in=organisations, member__in=readers_of(channel))
        .alias(typed=spaceless)
        .filter(typed__in=typed)
        .select_related("member", "organisation")
        .order_by("member_id")
    )
    for affiliation in working:
        name, mark = affiliation.member.name, f"m{affiliation.member_id}"
        addressees.add(f"{name}({affiliation.organisation.full_name})", mark)
        addressees.add(f"{name}({affiliation.label})", mark)


def _store(post: Post, marks: list[str]) -> None:
    """Make the rows of a post those of its marks."""
    wanted = {mark: _row(post, mark) for mark in marks}
    if post.edited_at is not None:
        kept = {row.mark: row.pk for row in Mention.objects.filter(post=post)}
        Mention.objects.filter(pk__in=[pk for mark, pk in kept.items() if mark not in wanted]).delete()
        wanted = {mark: row for mark, row in wanted.items() if mark not in kept}
    Mention.objects.bulk_create(wanted.values())


def _row(post: Post, mark: str) -> Mention:
    """The unsaved row of a mark."""
    if mark == "a":
        return Mention(post=post, kind=Kind.AMBASSADORS)
    if mark.startswith("o"):
        return Mention(post=post, kind=Kind.ORGANISATION, organisation_id=int(mark[1:]))
    return Mention(post=post, kind=Kind.MEMBER, member_id=int(mark[1:]))
