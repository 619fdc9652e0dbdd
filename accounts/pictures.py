"""Where members' pictures lie: two files per picture under `var/media/pictures/`, named by 128 random bits.

A new picture is a new name, so what stands under a name never changes and browsers may keep it.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

from kyoso.lib.pictures import SIDES


def folder() -> Path:
    """The folder of the pictures; made when first asked for."""
    place = Path(settings.VAR_DIR) / "media" / "pictures"
    place.mkdir(parents=True, exist_ok=True)
    return place


def path_of(name: str, side: int) -> Path:
    """The file of one square of a picture."""
    return folder() / f"{name}-{side}.webp"


def keep(squares: dict[int, bytes]) -> str:
    """Write the squares of kyoso.lib.pictures; returns the picture's name, 32 hex digits."""
    name = secrets.token_hex(16)
    for side, content in squares.items():
        path = path_of(name, side)
        unfinished = path.with_name(f".{path.name}")  # a backup reads only what is whole
        unfinished.write_bytes(content)
        unfinished.replace(path)
    return name


def read(name: str, side: int) -> bytes:
    """The bytes of one square. Raises FileNotFoundError."""
    return path_of(name, side).read_bytes()


def remove(name: str) -> None:
    """Delete a picture's files; doing it again, or for "", changes nothing."""
    for side in SIDES if name else ():
        path_of(name, side).unlink(missing_ok=True)


def remove_others(kept: Iterable[str], before: float) -> int:
    """Delete the files of pictures that nobody has, if older than `before` (seconds since 1970).

    What a broken-off upload left behind. Returns the number of files.
    """
    wanted = {f"{name}-{side}.webp" for name in kept for side in SIDES}
    strays = [p for p in folder().iterdir() if p.name not in wanted and p.stat().st_mtime < before]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)
