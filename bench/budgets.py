"""The page budgets of docs/performance.md: bytes of the page, its scripts and its styles, and its queries."""

import gzip
import re
from pathlib import Path

from django.conf import settings
from rjsmin import jsmin

from bench.stage import Goal
from kyoso.staticfiles import cssmin

KIB = 1024
IMPORTED = re.compile(r'^import [^"]+ from "(\.{1,2}/[^"]+\.js)";$', re.MULTILINE)


def page_budgets(html: str, counted: dict) -> list[Goal]:
    """The budgets a channel page is held to."""
    return [
        Goal("channel page HTML, gzip", 40, counted["gzip"] / KIB, "KiB", at_most=True),
        Goal("largest post fragment", 2, largest_post(html) / KIB, "KiB", at_most=True),
        Goal("scripts of the page, gzip", 45, weight(scripts(html)) / KIB, "KiB", at_most=True),
        Goal("styles of the page, gzip", 20, weight(styles(html)) / KIB, "KiB", at_most=True),
        Goal("queries of a channel page", 4, len(counted["statements"]), "", at_most=True),
    ]


def largest_post(html: str) -> int:
    """Bytes of the largest fragment in a page."""
    found = re.findall(r'<article class="ky-post.*?</article>', html, re.DOTALL)
    return max((len(one.encode()) for one in found), default=0)


def scripts(html: str) -> list[str]:
    """The modules a page loads, with all they import, as a site serves them."""
    static = settings.BASE_DIR / "static"
    waiting = [static / f"{name}.js" for name in re.findall(r'<script[^>]* src="/static/(js/[^".]+)', html)]
    found: dict[Path, str] = {}
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = module.read_text()
            waiting += [(module.parent / name).resolve() for name in IMPORTED.findall(found[module])]
    return [jsmin(text) for text in found.values()]


def styles(html: str) -> list[str]:
    """The style sheets a page links, as a site serves them; a hash in the name is the build's."""
    linked = re.findall(r'<link rel="stylesheet" href="/static/(css/[^".]+)[^"]*"', html)
    return [cssmin((settings.BASE_DIR / "static" / f"{name}.css").read_text()) for name in linked]


def weight(texts: list[str]) -> int:
    """Compressed bytes of texts, each for itself as a browser fetches them."""
    return sum(len(gzip.compress(text.encode(), 6)) for text in texts)
