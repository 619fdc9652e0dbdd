"""The set of stamps as data: names, readings, pictures, codes."""

import re

import pytest
from django.conf import settings

from channels_app.models import Reaction
from channels_app.models.stamps import HEADINGS, VOICES, emoji, stamps

FOLDER = settings.BASE_DIR / "static/stamps"
EVERYTHING = [*stamps().values(), *emoji().values()]
LONGEST_CODE = Reaction._meta.get_field("stamp").max_length
LARGEST_PICTURE = 1536  # bytes


def test_codes_and_names_are_different():
    assert len({stamp.code for stamp in EVERYTHING}) == len(EVERYTHING)
    assert len({stamp.name for stamp in EVERYTHING}) == len(EVERYTHING)


@pytest.mark.parametrize("stamp", EVERYTHING, ids=lambda stamp: stamp.code)
def test_a_stamp_is_whole(stamp):
    assert re.fullmatch(r"[a-z0-9-]+", stamp.code)
    assert len(stamp.code) <= LONGEST_CODE
    assert re.fullmatch(r"[ぁ-んー ]+", stamp.kana)
    assert 1 <= len(stamp.name) <= 12
    assert stamp.group in {"doubt", *(group for groups in HEADINGS.values() for group in groups)}


@pytest.mark.parametrize("stamp", emoji().values(), ids=lambda stamp: stamp.code)
def test_an_emoji_is_coded_by_its_points(stamp):
    points = [f"{ord(sign):x}" for sign in stamp.sign if sign != "\ufe0f"]
    assert stamp.code == "u" + "-".join(points)
    assert stamp.group not in VOICES


@pytest.mark.parametrize("stamp", stamps().values(), ids=lambda stamp: stamp.code)
def test_a_picture_is_small_and_carries_only_shapes(stamp):
    drawn = (FOLDER / f"{stamp.code}.svg").read_text()
    assert len(drawn.encode()) <= LARGEST_PICTURE
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">')
    assert set(re.findall(r"<(\w+)", drawn)) <= {"svg", "g", "path", "circle", "ellipse", "rect"}
    assert re.findall(r"href|style|script|currentColor|url\(", drawn) == []


def test_every_picture_has_its_stamp():
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(stamps())
