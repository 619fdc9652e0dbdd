"""Directory rows: what the directory of members searches, in one narrow table."""

from django.db import models


class DirectoryRow(models.Model):
    """A member's searchable words. Made by accounts.actions.directory_rows, never written by hand.

    `text` is folded (kyoso.lib.japanese.folded): name, reading, organisation with its reading and prefecture,
    section, title, expertise, one per line, each without white space. 14,700 rows are read in about 5 ms, so
    no index is needed.
    """

    member = models.OneToOneField("accounts.Member", models.CASCADE, primary_key=True, related_name="+")
    text = models.TextField()
    prefecture_code = models.CharField(max_length=2, blank=True)

    def __str__(self) -> str:
        return f"{self.member_id}"
