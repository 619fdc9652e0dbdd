"""The page budgets of docs/performance.md: bytes of the page, its scripts and its styles, and its queries."""

import gzip
import re
from pathlib import Path

from django.conf import settings

from bench.stage import Goal

KIB = 1024


def page_budgets(html: str, counted: dict) -> list[Goal]:
    """The budgets a channel page is held to."""
    return [
        Goal("channel page HTML, gzip", 40, counted["gzip"] / KIB, "KiB", at_most=True),
        Goal("largest post fragment", 2, largest_post(html) / KIB, "KiB", at_most=True),
        Goal("all scripts, gzip", 45, weight(scripts()) / KIB, "KiB", at_most=True),
        Goal("styles of the page, gzip", 20, weight(styles(html)) / KIB, "KiB", at_most=True),
        Goal("queries of a channel page", 4, len(counted["statements"]), "", at_most=True),
    ]


def largest_post(html: str) -> int:
    """Bytes of the largest fragment in a page."""
    found = re.findall(r'<article class="ky-post.*?</article>', html, re.DOTALL)
    return max((len(one.encode()) for one in found), default=0)


def scripts() -> list[Path]:
    """Our own scripts."""
    return sorted((settings.BASE_DIR / "static/js").rglob("*.js"))


def styles(html: str) -> list[Path]:
    """The style sheets a page links; a hash in the name is the build's."""
    linked = re.findall(r'<link rel="stylesheet" href="/static/(css/[^".]+)[^"]*"', html)
    return [settings.BASE_DIR / "static" / f"{name}.css" for name in linked]


def weight(files: list[Path]) -> int:
    """Compressed bytes of files, each for itself as a browser fetches them."""
    return sum(len(gzip.compress(file.read_bytes(), 6)) for file in files)
