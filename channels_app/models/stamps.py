"""Stamps: pictures with a meaning. The set of the house, a choice of emoji, and the deployment's own."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.templatetags.static import static
from django.utils import timezone

from kyoso.lib.japanese import folded

DOUBT = "chigau"  # 違うかも: pressed only with a reason
OWN = "own-"  # how the codes of the deployment's own stamps begin
VOICES = ("same", "doing", "helped", "doubt")
# Headings of the picker and the groups of stamps under each.
HEADINGS = {
    "取り組みの話に": ("same", "doing", "helped"),
    "お礼とねぎらい": ("thanks",),
    "仕事のひとこと": ("work",),
    "お祝いと応援": ("cheer",),
    "気持ち": ("feeling",),
    "あいさつ": ("other",),
    "このコミュニティのスタンプ": ("own",),
    "絵文字：顔": ("emoji-faces",),
    "絵文字：手と人": ("emoji-hands",),
    "絵文字：気持ちと記号": ("emoji-hearts",),
    "絵文字：仕事と道具": ("emoji-work",),
    "絵文字：まちと乗り物": ("emoji-places",),
    "絵文字：自然と生きもの": ("emoji-nature",),
    "絵文字：食べもの": ("emoji-food",),
    "絵文字：お祝いと行事": ("emoji-feasts",),
}


@dataclass(frozen=True)
class Stamp:
    """A picture with a meaning (スタンプ). `counts_organisations` says what its number counts.

    `sign` is the text of an emoji, `digest` names the picture of an own stamp; the house's set has neither.
    """

    code: str
    name: str
    kana: str
    group: str
    sign: str = ""
    digest: str = ""

    @property
    def picture(self) -> str:
        """The path of a stamp of the house below static/."""
        return f"stamps/{self.code}.svg"

    @property
    def address(self) -> str:
        """Where a browser fetches the picture; each address always brings the same bytes."""
        return f"/stamps/{self.digest}.png" if self.digest else static(self.picture)

    @property
    def counts_organisations(self) -> bool:
        """同じ悩み, うちもやってる, 助かった and 違うかも are voices of organisations, thanks of people."""
        return self.group in VOICES

    def fits(self, words: str) -> bool:
        """Whether a search finds it by name or reading, in kana of either kind or kanji; "" fits all."""
        return folded(words) in folded(f"{self.name} {self.kana}")

    @property
    def needs_reason(self) -> bool:
        """Whether it is pressed only with a reason: 違うかも."""
        return self.group == "doubt"


def _rows(name: str) -> list[dict]:
    return json.loads((settings.BASE_DIR / "static/stamps" / name).read_text(encoding="utf-8"))


@cache
def stamps() -> dict[str, Stamp]:
    """The set of the house by code, in the order of static/stamps/stamps.json."""
    return {
        row["id"]: Stamp(row["id"], row["name"], row["kana"], row["group"]) for row in _rows("stamps.json")
    }


@cache
def emoji() -> dict[str, Stamp]:
    """The emoji that may be pressed, by code (u1f44d), in the order of static/stamps/emoji.json."""
    return {
        row["id"]: Stamp(row["id"], row["name"], row["kana"], row["group"], sign=row["sign"])
        for row in _rows("emoji.json")
    }


def stamps_by_code(codes: Iterable[str]) -> dict[str, Stamp]:
    """What stands behind codes that were pressed; unknown ones are left out, retired ones are not.

    Own stamps are read anew each time, in one query and only when one of the codes is theirs: a process never
    shows a name that another has changed.
    """
    wanted = set(codes)
    found = {code: stamp for code in wanted if (stamp := stamps().get(code) or emoji().get(code))}
    own = [code for code in wanted if code.startswith(OWN)]
    return found | (
        {row.code: row.stamp for row in OwnStamp.objects.light().filter(code__in=own)} if own else {}
    )


def stamp_to_press(code: str) -> Stamp | None:
    """The stamp behind a code that may be pressed now, or None; an own one costs a query."""
    if not code.startswith(OWN):
        return stamps().get(code) or emoji().get(code)
    row = OwnStamp.objects.light().offered().filter(code=code).first()
    return row.stamp if row else None


class OwnStampQuerySet(models.QuerySet):
    """Sentences about the deployment's own stamps."""

    def visible_to(self, member):
        """Every one, also retired ones, which are still shown where they were; none for a stranger."""
        return self.all() if member.is_active else self.none()

    def offered(self):
        """Those that may still be pressed; retired ones are only shown where they were."""
        return self.filter(retired_at=None)

    def light(self):
        """Without the pictures themselves."""
        return self.defer("picture")


class OwnStamp(models.Model):
    """One picture with a Japanese name. `code` begins with own-; `picture` is a re-encoded 128 px PNG."""

    code = models.CharField(max_length=24, unique=True)
    name = models.CharField("名前", max_length=20)
    kana = models.CharField("よみ", max_length=60)
    picture = models.BinaryField()
    digest = models.CharField(max_length=64)
    made_by = models.ForeignKey("accounts.Member", models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = OwnStampQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def stamp(self) -> Stamp:
        """What is shown of it."""
        return Stamp(self.code, self.name, self.kana, "own", digest=self.digest)

    @staticmethod
    def digest_of(picture: bytes) -> str:
        """The name of a picture: the same bytes have the same name, other bytes another."""
        return sha256(picture).hexdigest()
