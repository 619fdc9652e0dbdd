"""Population bands (規模): the size of an organisation, by which voices are counted.

The thresholds are those of the Local Autonomy Act (地方自治法): 50,000 people make a city (8条1項1号),
200,000 a core city (252条の22), 500,000 a designated city (252条の19). The population is that of the
operator's own import (docs/organisations.md). Without one the kind decides where it can: a designated city is
large by law, and a town or village is small, because in the census of 2020 all but one had fewer than 50,000.
"""

from django.db import models
from django.db.models import Case, Q, Value, When

SMALL_BELOW, LARGE_FROM = 50_000, 200_000  # people
TOWN_ABOVE = "343021"  # 広島県 府中町: 51,155 people in the census of 2020
SMALL_KINDS = ("town", "village")
SIZED_KINDS = ("designated_city", "special_ward", "city", *SMALL_KINDS)


class Band(models.TextChoices):
    """From small to large, then the bodies that have no size of their own. The order of every table."""

    SMALL = "small", "5万人未満"
    MIDDLE = "middle", "5万〜20万人"
    LARGE = "large", "20万人以上"
    UNKNOWN = "unknown", "人口の登録なし"
    PREFECTURE = "prefecture", "都道府県"
    AGENCY = "agency", "国の機関"
    OTHER = "other", "組合・公営企業など"


def band_of(kind: str, population: int | None, code: str | None) -> Band:
    """The band of an organisation of this kind, population and 全国地方公共団体コード."""
    if kind not in SIZED_KINDS:
        return Band(kind) if kind in (Band.PREFECTURE, Band.AGENCY) else Band.OTHER
    if population is None:
        if kind == "designated_city":
            return Band.LARGE
        return Band.SMALL if kind in SMALL_KINDS and code != TOWN_ABOVE else Band.UNKNOWN
    if population < SMALL_BELOW:
        return Band.SMALL
    return Band.MIDDLE if population < LARGE_FROM else Band.LARGE


def is_small(path: str = "") -> Q:
    """`band == SMALL` as a condition; `path` leads to the organisation, e.g. "organisation__"."""
    counted = Q(**{f"{path}kind__in": SIZED_KINDS, f"{path}population__lt": SMALL_BELOW})
    assumed = Q(**{f"{path}kind__in": SMALL_KINDS, f"{path}population": None})
    return counted | (assumed & ~Q(**{f"{path}code": TOWN_ABOVE}))


def banded(path: str = "") -> Case:
    """`band` as an expression, for counting in the database."""
    kind, population = f"{path}kind", f"{path}population"
    return Case(
        When(**{kind: "prefecture"}, then=Value(Band.PREFECTURE)),
        When(**{kind: "agency"}, then=Value(Band.AGENCY)),
        When(~Q(**{f"{kind}__in": SIZED_KINDS}), then=Value(Band.OTHER)),
        When(is_small(path), then=Value(Band.SMALL)),
        When(Q(**{kind: "designated_city", population: None}), then=Value(Band.LARGE)),
        When(**{population: None}, then=Value(Band.UNKNOWN)),
        When(**{f"{population}__lt": LARGE_FROM}, then=Value(Band.MIDDLE)),
        default=Value(Band.LARGE),
        output_field=models.CharField(),
    )
