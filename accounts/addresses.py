"""From a mail address to the organisations it may belong to: a pure function over the organisation master.

The applicant chooses the organisation; what is answered here is whether that choice is among the
candidates of the address. A fit is evidence for the approver, never admission by itself. Ties are never
broken by spelling: that would send 江南市 to 湖南市.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from accounts.domain_rules import (
    DomainRule,
    bindable_domain,
    covers_strangers,
    is_municipal_name,
    is_prefecture_name,
    is_reserved_city,
)
from accounts.free_mail import is_free_mail
from accounts.host_labels import Body, keys_in_country, keys_in_prefecture, kind_label, stem
from accounts.judgement import Judgement, Reason, Verdict
from accounts.mailbox import MalformedAddress, normalise_address, normalise_domain
from kyoso.lib.japanese import romaji, romaji_key

__all__ = [
    "Directory",
    "DomainRule",
    "Judgement",
    "MalformedAddress",
    "Reason",
    "Verdict",
    "bindable_domain",
    "normalise_address",
    "normalise_domain",
]

RULE_ANSWERS = {
    "bound": (Verdict.BOUND, Reason.BOUND_DOMAIN),
    "agency": (Verdict.BOUND, Reason.AGENCY_DOMAIN),
    "exception": (Verdict.FITS, Reason.EXCEPTION),
}
OTHER_LABELS = {"village": "vill"}


class Directory:
    """Organisations and domain rules, indexed for judging addresses. Never changes: build it anew instead.

    `bodies` are the existing organisations (rows of the master or of the model; the prefectures must be
    among them), `rules` the domains tied to one organisation, by which alone agencies are known. Rules that
    cover strangers (a public suffix, free mail) are left out.
    """

    def __init__(self, bodies: Iterable[Body], rules: Iterable[DomainRule] = ()):
        self.rules = {rule.domain: rule for rule in rules if not covers_strangers(rule.domain)}
        self.in_country: dict[tuple[str, str], list[str]] = {}
        self.in_prefecture: dict[tuple[str, str, str], list[str]] = {}
        local = sorted((body for body in bodies if kind_label(body)), key=lambda body: body.slug)
        readings = {body.prefecture_code: stem(body) for body in local if body.kind == "prefecture"}
        for body in local:
            self._index(body, readings.get(body.prefecture_code, ""))

    def _index(self, body: Body, prefecture: str) -> None:
        """Enter one local body; `prefecture` is the reading of its prefecture without 県 府 都."""
        label = kind_label(body)
        prefecture_key = romaji_key(romaji(prefecture))
        if body.kind == "prefecture":
            self.in_country.setdefault((label, prefecture_key), []).append(body.slug)
            return
        for key in keys_in_country(body, prefecture):
            self.in_country.setdefault((label, key), []).append(body.slug)
        for key in keys_in_prefecture(body):
            self.in_prefecture.setdefault((label, prefecture_key, key), []).append(body.slug)

    def candidates(self, address: str, on: date | None = None) -> Judgement:
        """What a typed mail address says, on a day (today in Japan). Never raises."""
        try:
            host = normalise_address(address).partition("@")[2]
        except MalformedAddress:
            return Judgement("", Verdict.MALFORMED, Reason.MALFORMED)
        if is_free_mail(host):
            return Judgement(host, Verdict.FREE_MAIL, Reason.FREE_MAIL)
        return self._by_rule(host, on or today()) or self._by_name(host)

    def matches(self, address: str, organisation_slug: str, on: date | None = None) -> bool:
        """Whether the chosen organisation is among the candidates of the address."""
        return organisation_slug in self.candidates(address, on).slugs

    def _by_rule(self, host: str, day: date) -> Judgement | None:
        """The answer of the closest rule in force on the host or a domain it lies in."""
        for domain in enclosing_domains(host):
            rule = self.rules.get(domain)
            if rule and rule.holds_on(day):
                verdict, reason = RULE_ANSWERS[rule.kind]
                return Judgement(host, verdict, reason, ((rule.slug, reason),))
        return None

    def _by_name(self, host: str) -> Judgement:
        """The answer of the name itself. A name with letters beyond ASCII never fits by its spelling."""
        labels = host.split(".")
        if any(label.startswith("xn--") for label in labels):
            return Judgement(host, Verdict.UNKNOWN, Reason.OTHER_DOMAIN)
        if labels[-2:] == ["lg", "jp"]:
            return self._by_lg_jp(host, labels[:-2])
        if labels[-2:] == ["go", "jp"]:
            return Judgement(host, Verdict.UNKNOWN, Reason.OTHER_GO_JP)
        return answer(host, self._geographic(labels), Reason.GEOGRAPHIC, Reason.OTHER_DOMAIN)

    def _by_lg_jp(self, host: str, labels: list[str]) -> Judgement:
        """The answer for `kind.name.lg.jp`, a closed registry: spellings are folded."""
        kind, name = labels[-2:] if len(labels) > 1 else ("", "")
        if kind == "union":
            return Judgement(host, Verdict.UNKNOWN, Reason.UNION_HOST)
        slugs = self.in_country.get((OTHER_LABELS.get(kind, kind), romaji_key(name)), [])
        return answer(host, slugs, Reason.LG_JP, Reason.OTHER_LG_JP)

    def _geographic(self, labels: list[str]) -> list[str]:
        """Slugs for `pref.x.jp`, `city.x.jp` and `city.x.pref.jp`, where the registry reserves the name.

        Only the registry's own spelling passes; what it stands for may then be read with folding.
        """
        kind, name, prefecture, top = ["", "", "", *labels][-4:]
        if top != "jp":
            return []
        if is_municipal_name(f"{name}.{prefecture}.jp"):
            key = OTHER_LABELS.get(kind, kind), romaji_key(prefecture), romaji_key(name)
            return self.in_prefecture.get(key, [])
        prefectural = name in ("pref", "metro") and is_prefecture_name(f"{prefecture}.jp")
        if prefectural or (name == "city" and is_reserved_city(f"city.{prefecture}.jp")):
            return self.in_country.get((name, romaji_key(prefecture)), [])
        return []


def answer(host: str, slugs: list[str], fits: Reason, otherwise: Reason) -> Judgement:
    """The judgement for the slugs a name stands for: none, one or several."""
    if not slugs:
        return Judgement(host, Verdict.UNKNOWN, otherwise)
    verdict = Verdict.FITS if len(slugs) == 1 else Verdict.SEVERAL
    return Judgement(host, verdict, fits, tuple((slug, fits) for slug in slugs))


def enclosing_domains(host: str) -> Iterator[str]:
    """The host and every domain it lies in, closest first, by whole labels: a.b.jp, b.jp, jp."""
    while host:
        yield host
        host = host.partition(".")[2]


def today() -> date:
    """The date in Japan."""
    return datetime.now(ZoneInfo("Asia/Tokyo")).date()
