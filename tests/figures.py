"""Reading the figures of operation as Prometheus does."""

import urllib.error
import urllib.request
from collections.abc import Iterable

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "t" * 40
Labels = frozenset[tuple[str, str]]


def samples(text: str) -> dict[tuple[str, Labels], float]:
    """Every sample of an exposition by name and labels. Raises ValueError where the text is none."""
    families = text_string_to_metric_families(text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(found: dict[tuple[str, Labels], float], name: str, **labels: str) -> float | None:
    """One sample, None when there is none."""
    return found.get((name, frozenset(labels.items())))


def names(found: Iterable[tuple[str, Labels]]) -> set[str]:
    """The names in an exposition."""
    return {name for name, _ in found}


def scraped(address: str, token: str = TOKEN) -> tuple[int, bytes]:
    """Status and body of one scrape over the network."""
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
