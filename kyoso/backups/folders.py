"""The content files: found in their places for an archive, put back, and compared.

A file never changes under its name (attachments have a key, pictures a random name), so copying needs no lock
and putting back can only add: until the database is exchanged, what is added is merely unused.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from kyoso.backups.archive import FILES, Writer, settle
from kyoso.backups.reading import Archive, digest_of

Places = Mapping[str, Path]


def found_in(places: Places) -> Iterator[tuple[str, Path]]:
    """(name in the archive without `files/`, path) of every file; what is still being written is left out."""
    for place, root in sorted(places.items()):
        for folder, inner, names in os.walk(root):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder) / name
                if not name.startswith(".") and path.is_file() and not path.is_symlink():
                    yield f"{place}/{path.relative_to(root).as_posix()}", path


def add_new(writer: Writer, places: Places) -> int:
    """Add every file that is not in the archive yet; gives their bytes. One removed meanwhile is left out."""
    begun = writer.sealed.size
    for name, path in found_in(places):
        if FILES + name in writer.listed:
            continue
        with suppress(FileNotFoundError), path.open("rb") as file:
            writer.add(FILES + name, file, os.fstat(file.fileno()).st_size)
    return writer.sealed.size - begun


def path_in(places: Places, name: str) -> Path:
    """Where a file of an archive belongs."""
    place, rest = name.split("/", 1)
    return places[place] / rest


def is_there(path: Path, facts: Mapping) -> bool:
    """Whether a file is what the manifest says."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size != facts["size"]:
        return False
    with path.open("rb") as file:
        return digest_of(file, 0, facts["size"]) == facts["sha256"]


def put(archive: Archive, places: Places, added: list[Path]) -> None:
    """Write the archive's files that are not there; `added` grows by each, so that they can be taken back."""
    for name, facts in archive.files.items():
        path = path_in(places, name)
        if not is_there(path, facts):
            make_folder(path.parent)
            added.append(path)
            write(archive, FILES + name, path)


def write(archive: Archive, name: str, path: Path) -> None:
    """Write one file whole or not at all."""
    unfinished = path.with_name(f".{uuid4().hex}")
    try:
        with unfinished.open("xb") as file:
            archive.copy(name, file)
            file.flush()
            os.fsync(file.fileno())
        own_like(path.parent, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    settle(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, for whoever owns the folder they are in."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir()
    own_like(folder.parent, folder)
    settle(folder.parent)


def own_like(above: Path, path: Path) -> None:
    """Root hands what it makes to the owner of the folder, or the site could not remove it later."""
    if os.geteuid() == 0:
        owner = above.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def take_back(added: list[Path]) -> None:
    """Remove files that a restore added before it failed."""
    for path in added:
        path.unlink(missing_ok=True)
        remove_if_empty(path.parent)


def wrong(archive: Archive, places: Places) -> list[str]:
    """Names of files that are not there as the archive says; [] when all are."""
    return [name for name, facts in archive.files.items() if not is_there(path_in(places, name), facts)]


def remove_others(archive: Archive, places: Places) -> int:
    """Remove the files that the archive does not have: the database knows nothing of them any more."""
    others = [path for name, path in found_in(places) if name not in archive.files]
    take_back(others)
    return len(others)


def remove_if_empty(folder: Path) -> None:
    """Remove the folder of an attachment whose last file went."""
    with suppress(OSError):
        if len(folder.name) == 32:
            folder.rmdir()
