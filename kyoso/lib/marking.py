"""Sought words in a text: where they stand, and the text with them marked, safe to print."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from kyoso.lib.japanese import folded

# A sign with the marks that belong to it: half-width ｶﾞ, dakuten, variation selectors of a kanji.
CLUSTER = re.compile("(?s:.)[\u0300-\u036f\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\U000e0100-\U000e01ef]*")


def spans(text: str, words: Iterable[str]) -> list[tuple[int, int]]:
    """(start, end) of every place in `text` where one of the folded `words` stands; merged, in order."""
    clusters = [(found.start(), found.end(), folded(found[0])) for found in CLUSTER.finditer(text)]
    whole = "".join(short for _, _, short in clusters)
    # of each folded character: the cluster it came from
    origin = [at for at, (_, _, short) in enumerate(clusters) for _ in short]
    found = sorted(
        (clusters[origin[hit.start()]][0], clusters[origin[hit.end() - 1]][1])
        for word in words
        if word
        for hit in re.finditer(re.escape(word), whole)
    )
    return _merged(found)


def _merged(found: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def marked(text: str, words: Iterable[str]) -> SafeString:
    """The text as HTML with <mark> around the folded `words`; everything else is escaped."""
    text, html, at = unicodedata.normalize("NFC", text), "", 0
    for start, end in spans(text, words):
        html += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
        at = end
    return mark_safe(html + escape(text[at:]))  # noqa: S308 - every piece was escaped


def around(text: str, words: Iterable[str], length: int = 120) -> str:
    """`length` characters of the text from a little before the first of the words; … where it was cut."""
    first = next(iter(spans(text, words)), (0, 0))[0]
    start = max(0, min(first - length // 4, len(text) - length))
    end = start + length
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
