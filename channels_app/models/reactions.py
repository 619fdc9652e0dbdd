"""Stamps and reactions: the picture, and a member's use of it."""

import json
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import models
from django.utils import timezone


@dataclass(frozen=True)
class Stamp:
    """A picture with a meaning (スタンプ). `counts` says what its number counts: organisations or people."""

    code: str
    name: str
    kana: str
    group: str

    @property
    def picture(self) -> str:
        """The path below static/."""
        return f"stamps/{self.code}.svg"

    @property
    def counts_organisations(self) -> bool:
        """同じ悩み, うちもやってる and 助かった are voices of municipalities; thanks are from people."""
        return self.group in {"same", "doing", "helped", "doubt"}


@cache
def stamps() -> dict[str, Stamp]:
    """The curated set by code, in the order of static/stamps/stamps.json."""
    rows = json.loads((settings.BASE_DIR / "static/stamps/stamps.json").read_text(encoding="utf-8"))
    return {row["id"]: Stamp(row["id"], row["name"], row["kana"], row["group"]) for row in rows}


class Reaction(models.Model):
    """One member's stamp on one post, with the organisation of that day (counts by municipality)."""

    post = models.ForeignKey("channels_app.Post", models.CASCADE, related_name="reactions", db_index=False)
    member = models.ForeignKey("accounts.Member", models.PROTECT, related_name="reactions", db_index=False)
    organisation = models.ForeignKey(
        "accounts.Organisation", models.PROTECT, related_name="+", db_index=False
    )
    stamp = models.CharField(max_length=24)
    reacted_at = models.DateTimeField(default=timezone.now)
    # Why a 違うかも was pressed: a reply for all to read, or a note for the author alone.
    reason = models.ForeignKey(
        "channels_app.Post", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    note = models.CharField(max_length=400, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "stamp", "member"], name="reaction_once_per_stamp")
        ]

    def __str__(self) -> str:
        return f"{self.stamp} on {self.post_id}"
