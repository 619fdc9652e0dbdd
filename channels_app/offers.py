"""Offers: channels near a member's work, by the words in the name of their section (offers.json).

An offer is never joined by itself: only channels for everybody, the prefecture's and the class's are
(`actions.channels.admit_to_default_channels`).
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path

from django.utils import timezone

from channels_app.directory import Row, rows_for
from kyoso.lib.japanese import folded

MOST = 4
NEW = timedelta(days=14)
TABLE = Path(__file__).with_name("offers.json")


@lru_cache(maxsize=1)
def _table() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """[(folded words of a section, addresses of channels)]."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return [(tuple(map(folded, row["words"])), tuple(row["channels"])) for row in rows]


def slugs_for(section: str) -> list[str]:
    """The addresses of the channels near a section, in the order of the table."""
    said = folded(section)
    near = [slug for words, slugs in _table() if any(word in said for word in words) for slug in slugs]
    return list(dict.fromkeys(near))


def among(member, rows: Iterable[Row]) -> list[Row]:
    """The rows of the directory that are offered to a member: near their work or home, and not joined."""
    if member.affiliation is None:
        return []
    near = {slug: place for place, slug in enumerate(slugs_for(member.affiliation.section))}
    fitting = [row for row in rows if row.channel.slug in near and not row.joined]
    return sorted(fitting, key=lambda row: near[row.channel.slug])[:MOST]


def to_newcomer(member) -> list[Row]:
    """The same for the home of somebody who is new here; none, and no query, for everybody else."""
    return among(member, rows_for(member)) if timezone.now() - member.joined_at < NEW else []
