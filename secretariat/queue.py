"""The queue of the desk: which applications a tab shows, how many there are, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet

from accounts.addresses import Directory
from accounts.business_days import days_left
from accounts.judgement import Judgement
from accounts.models import Registration
from accounts.models.registrations import RegistrationQuerySet
from secretariat.evidence import Case, cases, is_complete

PAGE_SIZE = 50
DUE_SOON = 1  # business days
TABS = {
    "all": "すべて",
    "complete": "証拠がそろった",
    "judgement": "人の判断が要る",
    "waiting": "確認待ち",
    "due": "期限が近い",
}
LIGHT = ("pk", "email", "organisation__slug", "submitted_at", "asked_at", "answered_at", "waited_days")


@dataclass(frozen=True, slots=True)
class Tab:
    """One filter with its address and the number of applications in it."""

    label: str
    query: str
    number: int
    current: bool


@dataclass(frozen=True)
class Queue:
    """What one page of the queue shows. `query` is the part of its address after the ?, "" for the first."""

    tabs: list[Tab]
    page: Page
    cases: list[Case]
    total: int
    query: str

    @property
    def some_complete(self) -> bool:
        """Whether the page has rows for a batch."""
        return any(case.complete for case in self.cases)

    @property
    def pages(self) -> dict[str, str]:
        """The addresses' queries of the page before and the one after, "" where there is none."""
        show = next(tab.query for tab in self.tabs if tab.current)
        before = self.page.previous_page_number() if self.page.has_previous() else 0
        after = self.page.next_page_number() if self.page.has_next() else 0
        return {"before": _with_page(show, before), "after": _with_page(show, after)}


def _with_page(show: str, number: int) -> str:
    return "&".join(filter(None, [show, f"page={number}"])) if number else ""


def queue_of(seen: RegistrationQuerySet, directory: Directory, show: str, page: str) -> Queue:
    """The queue as a tab shows it; an unknown tab is the first one, a page beyond the end the last one.

    Two queries whatever the number of applications: a light one over all of them for the figures of the
    tabs, and one for the page.
    """
    show = show if show in TABS else "all"
    members: dict[str, list[int]] = {name: [] for name in TABS}
    for pk, names in sorted_into_tabs(seen.pending(), directory):
        for name in names:
            members[name].append(pk)
    shown = Paginator(members[show], PAGE_SIZE).get_page(page)
    tabs = [Tab(label, _query(name), len(members[name]), name == show) for name, label in TABS.items()]
    rows = cases(seen.pending().filter(pk__in=list(shown)), directory)
    query = _with_page(_query(show), shown.number) if shown.number > 1 else _query(show)
    return Queue(tabs, shown, rows, len(members["all"]), query)


def _query(show: str) -> str:
    return "" if show == "all" else urlencode({"show": show})


def sorted_into_tabs(pending: QuerySet, directory: Directory) -> Iterator[tuple[int, set[str]]]:
    """Every waiting application's id with the names of the tabs it belongs to, oldest first.

    Judged by plain columns, host by host, so that thousands cost no more than a moment.
    """
    # One application per address is open: whatever else it has was decided before. PostgreSQL hashes this.
    decided = Registration.objects.filter(decided_at__isnull=False).values("email")
    judged: dict[str, Judgement] = {}
    for row in pending.annotate(earlier=Q(email__in=decided)).values_list(*LIGHT, "earlier"):
        pk, email, slug, submitted_at, asked_at, answered_at, waited, earlier = row
        host = email.rpartition("@")[2]
        if host not in judged:
            judged[host] = directory.candidates(email)
        waiting = asked_at is not None and answered_at is None
        complete = is_complete(judged[host], slug, earlier, waiting)
        left = days_left(submitted_at, asked_at, answered_at, waited)
        yield pk, tabs_for(waiting, complete, left)


def tabs_for(waiting: bool, complete: bool, left: int) -> set[str]:
    """The tabs of an application: it waits for the applicant, or for a person, or for one key."""
    if waiting:
        return {"all", "waiting"}
    return {"all", "complete" if complete else "judgement"} | ({"due"} if left <= DUE_SOON else set())
