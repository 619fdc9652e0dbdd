"""Pictures of people: whatever was uploaded becomes two small squares and nothing else of it remains.

A picture is decoded and encoded anew, so neither a place (EXIF), nor a comment, nor a script hidden behind
the last pixel survives (docs/security.md F2, F4).
"""

import io
import warnings
from threading import Lock

from PIL import Image, ImageOps

LARGEST_FILE = 5 * 1024 * 1024  # bytes
MOST_PIXELS = 50_000_000  # a phone's camera makes 12 to 48 million
SIDES = (256, 64)  # pixels: the profile, and everywhere else
QUALITY = 82
SIGNATURES = {"JPEG": (b"\xff\xd8\xff", b""), "PNG": (b"\x89PNG\r\n\x1a\n", b""), "WEBP": (b"RIFF", b"WEBP")}
# A picture of 50 million pixels takes 200 MB while it is unpacked: one at a time per process.
unpacking = Lock()


class BadPicture(Exception):
    """A file that cannot become a picture. `str(error)` is the Japanese sentence to show."""


def kind_of(content: bytes) -> str:
    """JPEG, PNG or WEBP by the first bytes, "" for anything else: names and declared types prove nothing."""
    for kind, (begin, later) in SIGNATURES.items():
        if content.startswith(begin) and content[8:12].startswith(later):
            return kind
    return ""


def squares(content: bytes) -> dict[int, bytes]:
    """The middle of the picture as WebP squares, by side in pixels (SIDES).

    Raises BadPicture for more than 5 MB or 50 million pixels, for other kinds than JPEG, PNG and WebP, and
    for files that are damaged. The size is read from the header, before anything is unpacked.
    """
    if len(content) > LARGEST_FILE:
        raise BadPicture("写真は5MBまでです。小さくしてから選び直してください。")
    kind = kind_of(content)
    if not kind:
        raise BadPicture("写真はJPEG、PNG、WebPのどれかにしてください。")
    with unpacking, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return _squares(content, kind)
        except BadPicture:
            raise
        except Exception as error:  # a decoder fed with hostile bytes raises nearly anything
            raise BadPicture(
                "写真を読み取れませんでした。ファイルが壊れていないか確かめてください。"
            ) from error


def _squares(content: bytes, kind: str) -> dict[int, bytes]:
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise BadPicture("写真が大きすぎます。5,000万画素までです。")
        opened.draft("RGB", (2 * SIDES[0], 2 * SIDES[0]))  # JPEG: unpack no more than is needed
        shrunk = _shrunk(opened)
        upright = ImageOps.exif_transpose(shrunk) or shrunk
    flat = Image.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return {side: _encoded(ImageOps.fit(flat, (side, side), Image.Resampling.LANCZOS)) for side in SIDES}


def _shrunk(opened: Image.Image) -> Image.Image:
    """The first frame with transparency, its shorter side at most four times the larger square."""
    factor = min(opened.size) // (4 * SIDES[0])
    small = opened.reduce(factor) if factor > 1 and opened.mode in {"RGB", "RGBA", "L"} else opened
    plain = small if small.mode in {"RGB", "RGBA", "L", "LA", "P"} else small.convert("RGB")
    return plain.convert("RGBA")


def _encoded(square: Image.Image) -> bytes:
    out = io.BytesIO()
    square.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
