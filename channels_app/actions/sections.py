"""Own headings over one's channels: make, rename, delete, order."""

from django.db.models import Max

from accounts.models import Member
from channels_app.actions.refusals import Refused
from channels_app.live import announce_channels
from channels_app.models import Section
from kyoso.lib.deeds import deed

MOST = 20  # headings of one member
TAKEN = "同じ名前の見出しがあります。"


@deed
def create_section(member, *, name: str) -> Section:
    """Add a heading at the end. Raises Refused for a name twice and for more than 20."""
    own = _locked(member)
    _insist_on_new_name(own, name)
    if own.count() >= MOST:
        raise Refused(f"見出しは{MOST}個までです。")
    last = own.aggregate(last=Max("position"))["last"]
    section = Section.objects.create(member=member, name=name, position=0 if last is None else last + 1)
    announce_channels.sections_changed(member)
    return section


@deed
def rename_section(member, section: Section, *, name: str) -> Section:
    """Another name. Raises Refused for a name twice and for other people's."""
    own = _locked(member)
    _insist_on_own(member, section)
    if name != section.name:
        _insist_on_new_name(own.exclude(pk=section.pk), name)
        section.name = name
        section.save(update_fields=["name"])
        announce_channels.sections_changed(member)
    return section


@deed
def delete_section(member, section: Section) -> None:
    """Take a heading away; its channels go back under the headings of their kinds. Refuses other people's."""
    _locked(member)
    _insist_on_own(member, section)
    section.delete()
    announce_channels.sections_changed(member)


@deed
def move_section(member, section: Section, *, by: int) -> None:
    """Move a heading `by` places, -1 up, 1 down; beyond the ends it stays. Refuses other people's."""
    order = list(_locked(member))
    _insist_on_own(member, section)
    at = order.index(section)
    to = at + by
    if not 0 <= to < len(order):
        return
    order.insert(to, order.pop(at))
    for position, one in enumerate(order):
        one.position = position
    Section.objects.bulk_update(order, ["position"])
    announce_channels.sections_changed(member)


def _locked(member):
    """The member's headings; two screens that change them at once do so one after the other."""
    Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)
    return Section.objects.filter(member=member)


def _insist_on_own(member, section: Section) -> None:
    if section.member_id != member.pk:
        raise Refused("この見出しは変えられません。")


def _insist_on_new_name(sections, name: str) -> None:
    if sections.filter(name=name).exists():
        raise Refused(TAKEN)
