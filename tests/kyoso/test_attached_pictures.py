"""Pictures of posts: nothing but pixels remains, upright, within bounds, with a small one."""

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from kyoso.lib import attached_pictures, files
from kyoso.lib.attached_pictures import drawn
from kyoso.lib.files import BadFile
from tests.documents import PAGE, archive, picture

KINDS = {"JPEG": files.JPEG, "PNG": files.PNG, "WEBP": files.WEBP, "GIF": files.GIF}
SECRET = b"35.6812N-139.7671E"


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def with_place(orientation: int = 1) -> Image.Exif:
    """EXIF as a phone writes it: how it was held, its maker, and where."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    return exif


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_place_and_camera_are_gone(form):
    content = picture(form, exif=with_place())
    assert SECRET in content
    made = drawn(content, KINDS[form])
    assert (SECRET in made.content, SECRET in made.thumbnail) == (False, False)
    assert [dict(opened(one).getexif()) for one in (made.content, made.thumbnail)] == [{}, {}]


def test_comments_profiles_and_what_is_glued_behind_are_gone():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", SECRET.decode())
    for content in (
        picture("PNG", pnginfo=notes, icc_profile=SECRET * 9) + SECRET,
        picture("JPEG", comment=SECRET) + PAGE,
        picture("GIF", comment=SECRET) + archive({"A.class": SECRET}),
    ):
        assert any(sign in content for sign in (SECRET, PAGE))
        made = drawn(content, files.recognised(content))
        assert [sign in made.content for sign in (SECRET, PAGE, b"PK\x05\x06")] == [False] * 3
        assert set(opened(made.content).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_picture_stands_upright():
    """Orientation 6: the camera was turned to the right, the red half belongs on top."""
    made = drawn(picture("JPEG", exif=with_place(6)), files.JPEG)
    shown = opened(made.content).convert("RGB")
    red, blue = shown.getpixel((30, 5)), shown.getpixel((30, 75))
    assert (made.width, made.height, shown.size) == (60, 80, (60, 80))
    assert (red[0] > 200 > red[2], blue[2] > 200 > blue[0]) == (True, True)


@pytest.mark.parametrize(
    ("form", "kept"), [("JPEG", "JPEG"), ("PNG", "PNG"), ("WEBP", "WEBP"), ("GIF", "PNG")]
)
def test_kinds_stay_and_what_might_move_becomes_a_png(form, kept):
    made = drawn(picture(form), KINDS[form])
    assert (opened(made.content).format, made.kind, opened(made.thumbnail).format) == (
        kept,
        KINDS[kept],
        "WEBP",
    )


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_what_moves_the_first_frame_stays(form):
    second = Image.new("RGB", (80, 60), "lime")
    made = drawn(picture(form, save_all=True, append_images=[second], duration=100), KINDS[form])
    kept = opened(made.content)
    assert (getattr(kept, "n_frames", 1), kept.convert("RGB").getpixel((5, 5))[1] < 60) == (1, True)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "CMYK"])
def test_every_mode_of_a_picture_is_drawn(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new(mode, (30, 20)).save(out, form)
    assert drawn(out.getvalue(), KINDS[form]).width == 30


def test_what_is_seen_through_stays_so_and_is_white_in_the_small_one():
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 0, 0, 0)).save(out, "PNG")
    made = drawn(out.getvalue(), files.PNG)
    assert opened(made.content).getpixel((3, 3)) == (0, 0, 0, 0)
    assert opened(made.thumbnail).convert("RGB").getpixel((3, 3)) == (255, 255, 255)


def test_large_pictures_become_smaller():
    made = drawn(picture("JPEG", (5000, 1000)), files.JPEG)
    assert (made.width, made.height, opened(made.thumbnail).size) == (4096, 819, (640, 128))


def test_a_picture_that_grows_too_large_is_pressed(monkeypatch):
    out = io.BytesIO()
    Image.effect_noise((200, 200), 80).save(out, "PNG")
    assert drawn(out.getvalue(), files.PNG).kind == files.PNG
    monkeypatch.setattr(files, "LARGEST_FILE", 30_000)
    made = drawn(out.getvalue(), files.PNG)
    assert (made.kind, opened(made.content).format) == (files.WEBP, "WEBP")


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds nearly nothing."""
    chunks = (b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), b"IDAT" + zlib.compress(b"\0"))
    made = b"\x89PNG\r\n\x1a\n"
    for chunk in chunks:
        made += struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return made


def test_bombs_and_damage_are_refused():
    for content, reason in (
        (bomb(8_000, 8_000), attached_pictures.TOO_MANY_PIXELS),
        (bomb(100_000, 100_000), attached_pictures.TOO_MANY_PIXELS),
        (bomb(10, 10), attached_pictures.UNREADABLE),
        (picture("PNG")[:60], attached_pictures.UNREADABLE),
        (b"\xff\xd8\xff" + bytes(50), attached_pictures.UNREADABLE),
    ):
        with pytest.raises(BadFile) as refusal:
            drawn(content, files.recognised(content))
        assert str(refusal.value) == reason
