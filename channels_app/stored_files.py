"""Where attached files lie: a folder per key below FILES_DIR, written whole or not at all.

`<two digits>/<key>/file`, and for a picture `thumbnail.webp` beside it. A key is never used again, so a copy
of the folder taken while the site runs holds every file whose row was committed before.
"""

import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings

FILE, THUMBNAIL = "file", "thumbnail.webp"
LEAST_FREE = 512 * 1024 * 1024  # bytes that uploads leave to the database and the log


def folder_of(key: UUID) -> Path:
    """The folder of one attachment; made by `keep`."""
    return Path(settings.FILES_DIR) / key.hex[:2] / key.hex


def path_of(key: UUID, name: str = FILE) -> Path:
    """One of its files: FILE or THUMBNAIL."""
    return folder_of(key) / name


def has_room() -> bool:
    """Whether the disk has room for another upload."""
    root = Path(settings.FILES_DIR)
    root.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(root).free > LEAST_FREE


def keep(key: UUID, contents: dict[str, bytes]) -> None:
    """Write the files of a new attachment, by name. They are on the disk when this returns."""
    folder = folder_of(key)
    folder.mkdir(parents=True)
    for name, content in contents.items():
        _write(folder / name, content)
    for changed in (folder, folder.parent, folder.parent.parent):
        _settle(changed)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{uuid4().hex}")
    with unfinished.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _settle(folder: Path) -> None:
    """A new name is as safe as its folder."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def remove(key: UUID) -> None:
    """Delete the files of an attachment; again changes nothing."""
    shutil.rmtree(folder_of(key), ignore_errors=True)


def keys_before(moment: float) -> Iterator[UUID]:
    """Keys of the folders that were last written before `moment` (seconds since 1970)."""
    for folder in Path(settings.FILES_DIR).glob("??/" + "[0-9a-f]" * 32):
        if folder.stat().st_mtime < moment:
            yield UUID(hex=folder.name)


def remove_all(keys: Collection[UUID]) -> int:
    """Delete the files of several attachments; returns how many."""
    for key in keys:
        remove(key)
    return len(keys)
