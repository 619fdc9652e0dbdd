"""Photographs and other files for the tests of pictures."""

import io
import struct
import zlib

from PIL import Image

GPS = {1: "N", 2: (33.0, 19.0, 30.0), 3: "E", 4: (133.0, 13.0, 0.0)}


def photograph(kind: str = "JPEG", size: tuple[int, int] = (400, 300), mode: str = "RGB", **options) -> bytes:
    """The left half blue, the right half red."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.convert(mode).save(out, kind, **options)
    return out.getvalue()


def with_place() -> bytes:
    """A photograph that says where it was taken, by whom, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112], exif[0x013B] = 6, "secret-author"
    exif.get_ifd(0x8825).update(GPS)
    return photograph(exif=exif)


def bomb() -> bytes:
    """A PNG of a few bytes whose header promises 900 million pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )
