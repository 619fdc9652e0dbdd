"""Pictures in posts: drawn anew upright, without place, camera or comment, with a small one for the page.

A picture that moves becomes its first frame: what moves by itself draws the eye off the text, and WCAG 2.2.2
would want a button to stop it.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps

from kyoso.lib import files
from kyoso.lib.files import BadFile, Kind
from kyoso.lib.pictures import MOST_PIXELS, unpacking

LONGEST_SIDE = 4096  # pixels: a page of small print stays readable
THUMBNAIL = (640, 480)  # pixels: twice of what the page shows
QUALITY = 88
UNREADABLE = "画像を読み取れませんでした。ファイルが壊れていないか確かめてください。"
TOO_MANY_PIXELS = "画像が大きすぎます。5,000万画素までです。"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as it is kept: its bytes and kind, its size in pixels, and the small one (WebP)."""

    content: bytes
    kind: Kind
    width: int
    height: int
    thumbnail: bytes


def drawn(content: bytes, kind: Kind) -> Drawn:
    """Draw a picture anew. GIF becomes PNG; a PNG of more than 10 MB becomes WebP.

    Raises BadFile for more than 50 million pixels and for damaged files. The size is read from the header,
    before anything is unpacked; one picture at a time per process.
    """
    with unpacking, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return _drawn(_upright(content, kind), kind)
        except BadFile:
            raise
        except Image.DecompressionBombError:
            raise BadFile(TOO_MANY_PIXELS) from None
        except Exception as error:  # a decoder fed with hostile bytes raises nearly anything
            raise BadFile(UNREADABLE) from error


def _upright(content: bytes, kind: Kind) -> Image.Image:
    """The first frame as the camera was held, no side above LONGEST_SIDE, without anything but pixels."""
    names = [name for name, one in files.PICTURES.items() if one == kind]
    with Image.open(io.BytesIO(content), formats=names) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise BadFile(TOO_MANY_PIXELS)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG: unpack no more than is needed
        whole = ImageOps.exif_transpose(opened)
        seen_through = "transparency" in whole.info or whole.mode in {"RGBA", "LA", "PA"}
        plain = whole.convert("RGBA" if seen_through else "L" if whole.mode in {"1", "L"} else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    plain.info = {}
    return plain


def _drawn(picture: Image.Image, kind: Kind) -> Drawn:
    if kind == files.JPEG:
        kept = _saved(picture, "JPEG", quality=QUALITY, optimize=True)
    elif kind == files.WEBP:
        kept = _saved(picture, "WEBP", quality=QUALITY, method=4)
    else:
        kept, kind = _saved(picture, "PNG"), files.PNG
    if len(kept) > files.LARGEST_FILE:
        kept, kind = _saved(picture, "WEBP", quality=QUALITY, method=4), files.WEBP
    return Drawn(kept, kind, *picture.size, _saved(_small(picture), "WEBP", quality=80, method=4))


def _small(picture: Image.Image) -> Image.Image:
    """The picture for the page, on white: what was drawn in black on nothing is seen on a dark page, too."""
    small = picture.copy()
    small.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
    if small.mode != "RGBA":
        return small
    flat = Image.new("RGB", small.size, "white")
    flat.paste(small, mask=small.getchannel("A"))
    return flat


def _saved(picture: Image.Image, form: str, **how: int | bool) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **how)
    return out.getvalue()
