"""Pictures of own stamps: whatever was uploaded becomes one small PNG and nothing else of it remains."""

import io
import warnings

from PIL import Image, ImageOps

from kyoso.lib.pictures import BadPicture, kind_of, unpacking

LARGEST_FILE = 1024 * 1024  # bytes
MOST_PIXELS = 16_000_000
LEAST_SIDE = 64  # pixels: less would be blurred on every screen
SIDE = 128  # pixels: 28 on the page, sharp up to four-fold
GIF = (b"GIF87a", b"GIF89a")
UNREADABLE = "画像を読み取れませんでした。ファイルが壊れていないか確かめてください。"


def stamp_picture(content: bytes) -> bytes:
    """The whole picture in a transparent square of 128 px, as PNG without metadata.

    Raises BadPicture for more than 1 MB or 16 million pixels, less than 64 px on a side, other kinds than
    PNG, JPEG, WebP and GIF (by the first bytes), for pictures that move, and for files that are damaged.
    """
    if len(content) > LARGEST_FILE:
        raise BadPicture("画像は1MBまでです。小さくしてから選び直してください。")
    kind = "GIF" if content.startswith(GIF) else kind_of(content)
    if not kind:
        raise BadPicture("画像はPNG、JPEG、WebP、GIFのどれかにしてください。")
    with unpacking, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return _redrawn(content, kind)
        except BadPicture:
            raise
        except Exception as error:  # a decoder fed with hostile bytes raises nearly anything
            raise BadPicture(UNREADABLE) from error


def _redrawn(content: bytes, kind: str) -> bytes:
    with Image.open(io.BytesIO(content), formats=[kind]) as opened:
        _insist_on_size(opened)
        if getattr(opened, "is_animated", False):
            raise BadPicture("動く画像は使えません。1枚の絵にしてから選び直してください。")
        upright = ImageOps.exif_transpose(opened.convert("RGBA"))
    small = ImageOps.contain(upright, (SIDE, SIDE), Image.Resampling.LANCZOS)
    square = Image.new("RGBA", (SIDE, SIDE))
    square.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    out = io.BytesIO()
    square.save(out, "PNG", optimize=True)
    return out.getvalue()


def _insist_on_size(opened: Image.Image) -> None:
    if opened.width * opened.height > MOST_PIXELS:
        raise BadPicture("画像が大きすぎます。1,600万画素までです。")
    if min(opened.size) < LEAST_SIDE:
        raise BadPicture(f"画像が小さすぎます。縦も横も{LEAST_SIDE}画素以上にしてください。")
