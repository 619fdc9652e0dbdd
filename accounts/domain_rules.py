"""Which domains can stand for one organisation, and which lie open to anybody."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from publicsuffixlist import PublicSuffixList

from accounts.free_mail import is_free_mail
from accounts.mailbox import MalformedAddress, normalise_domain

# Names of municipalities under a prefecture's domain that the Public Suffix List lacks. Exact, never folded.
UNLISTED_NAMES = frozenset(
    (
        "takizawa.iwate.jp",
        "miyake.tokyo.jp",
        "mikurasima.tokyo.jp",
        "manazuru.kanagawa.jp",
        "hikawa.kumamoto.jp",
        "yakushima.kagoshima.jp",
    )
)
# Designated cities that write from city.x.jp, where x.jp is their prefecture's domain. Exact, as above.
CITIES_UNDER_PREFECTURES = frozenset(
    ("city.chiba.jp", "city.kumamoto.jp", "city.okayama.jp", "city.saitama.jp")
)


@dataclass(frozen=True, slots=True)
class DomainRule:
    """A mail domain tied to one organisation by a person; `kind` is that of EmailDomain.

    `domain` is in the form of `normalise_domain`. The last day on which it holds is `expires_on`.
    """

    domain: str
    slug: str
    kind: str = "bound"
    expires_on: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether the rule has not expired on that day."""
        return self.expires_on is None or day <= self.expires_on


@cache
def registry_suffixes() -> PublicSuffixList:
    """The Public Suffix List as the registries have it, read once from the package."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@cache
def all_suffixes() -> PublicSuffixList:
    """The Public Suffix List with the domains that companies let to anybody, read once from the package."""
    return PublicSuffixList(accept_unknown=True)


def is_prefecture_name(domain: str) -> bool:
    """Whether `x.jp` is one of the prefectures' geographic domains as the registry spells it."""
    return registry_suffixes().publicsuffix(domain) == domain


def is_municipal_name(domain: str) -> bool:
    """Whether `x.pref.jp` is a geographic name reserved by the registry.

    Since 2012 anyone may register other names there, so this test is by exact spelling.
    """
    return domain in UNLISTED_NAMES or registry_suffixes().publicsuffix(domain) == domain


def is_reserved_city(domain: str) -> bool:
    """Whether `city.x.jp` is a designated city's own name.

    Either one of the seven that the registry keeps out of an open `*.x.jp`, or one of the exact others.
    """
    parent = domain.partition(".")[2]
    suffixes = registry_suffixes()
    kept_out = suffixes.publicsuffix(domain) == parent and suffixes.publicsuffix(f"any.{parent}") != parent
    return kept_out or domain in CITIES_UNDER_PREFECTURES


def covers_strangers(domain: str) -> bool:
    """Whether anybody can get a name or a mailbox under the domain, so that it proves nothing."""
    open_to_all = domain in UNLISTED_NAMES or all_suffixes().publicsuffix(domain) == domain
    return open_to_all or is_free_mail(domain)


def bindable_domain(domain: str) -> str:
    """The normalised form of a domain that may be tied to one organisation.

    Raises MalformedAddress (a ValueError) with a Japanese sentence for the form when it is no domain or
    when it covers strangers (lg.jp, tokyo.jp, gmail.com …).
    """
    normalised = normalise_domain(domain)
    if covers_strangers(normalised):
        raise MalformedAddress("このドメインは誰でも使えるため、ひとつの団体に結び付けられません。")
    return normalised
