"""Directory rows: what the directory of members searches, in one narrow table."""

from django.db import models
from django.db.models import Count, Func, Subquery, Value, Window
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from kyoso.lib.japanese import folded

from .affiliations import Affiliation
from .members import Member


class DirectoryRowQuerySet(models.QuerySet):
    """Sentences about search rows."""

    def visible_to(self, member):
        """Whom the directory shows a member: who may use the site now, the secretariat also the others."""
        if not member.is_active:
            return self.none()
        return self if member.is_secretariat else self.exclude(member__in=Member.objects.inactive())

    def found_by(self, words: str):
        """Members for whom every word is in the name, its reading, the organisation, section or expertise."""
        # STRPOS takes two thirds of the time of LIKE, and no sign in a word means anything to it.
        sought = [GreaterThan(StrIndex("text", Value(word)), 0) for word in folded(words).split()]
        return self.filter(*sought)

    def working_in(self, prefecture_code: str):
        """Members now at the prefecture or a body in it; all for ""."""
        return self.filter(prefecture_code=prefecture_code) if prefecture_code else self

    def in_agencies(self):
        """Members now at a national body."""
        present = Affiliation.objects.current().filter(organisation__kind="agency")
        return self.filter(member__in=present.values("member"))

    def working_at(self, organisation):
        """Members now at one organisation; all for None."""
        if organisation is None:
            return self
        present = Affiliation.objects.current().filter(organisation=organisation)
        return self.filter(member__in=present.values("member"))

    def counted(self, *, sought: bool):
        """(member's id, number of all rows) of each row, in the order of the kana.

        Rows that were `sought` are counted in the same pass that finds them. All rows stand in an index in
        their order, and are counted apart: a page then reads no more of them than it shows.
        """
        everything = self.order_by().annotate(number=Func("pk", function="COUNT")).values("number")
        number = Window(Count("*")) if sought else Subquery(everything)
        return self.annotate(number=number).order_by("kana", "member_id").values_list("member_id", "number")


class DirectoryRow(models.Model):
    """A member's searchable words. Made by accounts.actions.directory_rows, never written by hand.

    `text` is folded (kyoso.lib.japanese.folded): name, reading, organisation with its reading and prefecture,
    section, title, expertise, one per line, each without white space. 14,700 rows are read in about 3 ms, so
    the words need no index. `kana` is the reading as the member wrote it, so that a search can put members in
    their order without reading the members.
    """

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="directory_row")
    text = models.TextField()
    kana = models.CharField(max_length=80)
    prefecture_code = models.CharField(max_length=2, blank=True)

    objects = DirectoryRowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["kana", "member"], name="directory_row_by_kana")]

    def __str__(self) -> str:
        return f"{self.member_id}"
