"""Reading an archive: only when every byte is as it was written, and nothing in it leads elsewhere."""

import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kyoso.backups import BackupError
from kyoso.backups.archive import DUMP, FILES, FORMAT, MANIFEST, PIECE, SEAL, SummedFile

LONGEST_MANIFEST = 512 * 1024 * 1024


class Archive:
    """An archive whose every byte was verified when it was opened."""

    def __init__(self, path: Path):
        """Read everything once. Raises BackupError when one byte is not as it was written."""
        self.path = path
        try:
            with path.open("rb") as file:
                self.manifest, self.places = verified(file)
                self.size = os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            raise BackupError(f"{path} というファイルがありません。") from None
        except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, AttributeError) as error:
            words = (
                f"{path} は壊れているか、Kyosoのバックアップではありません（{error}）。何も変えていません。"
            )
            raise BackupError(words) from error

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Size and SHA-256 of the content files, by their name below `files/`."""
        return {
            name.removeprefix(FILES): facts
            for name, facts in self.manifest["files"].items()
            if name.startswith(FILES)
        }

    def copy(self, name: str, target: IO[bytes]) -> None:
        """Write one file of the archive to `target`. Raises BackupError when it is another one by now."""
        at, size = self.places[name]
        with self.path.open("rb") as file:
            file.seek(at)
            summed = SummedFile(file)
            for asked in pieces(size):
                target.write(summed.read(asked))
        if summed.facts != self.manifest["files"][name]:
            raise BackupError(f"{self.path} が読んでいる間に変わりました。")


def pieces(size: int) -> Iterator[int]:
    """`size` bytes in steps of at most PIECE."""
    for begun in range(0, size, PIECE):
        yield min(PIECE, size - begun)


def verified(file: IO[bytes]) -> tuple[dict[str, Any], dict[str, tuple[int, int]]]:
    """The manifest, and where each file lies (offset, size). Raises ValueError for whatever does not fit."""
    entries = read_entries(file)
    if [found.name for found in entries[-2:]] != [MANIFEST, SEAL]:
        raise ValueError("its end is missing")
    verify_seal(file, entries[-1])
    manifest = json.loads(content_of(file, entries[-2]))
    if manifest.get("format") != FORMAT:
        raise BackupError(
            "このバックアップの形式を読めません。新しいKyosoで作られたものです。何も変えていません。"
        )
    places = {found.name: (found.offset_data, found.size) for found in entries[:-2]}
    if places.keys() != manifest["files"].keys() or DUMP not in places:
        raise ValueError("its list of files does not fit")
    for name, (at, size) in places.items():
        if digest_of(file, at, size) != manifest["files"][name]["sha256"]:
            raise ValueError(f"{name} is not what was written")
    return manifest, places


def read_entries(file: IO[bytes]) -> list[tarfile.TarInfo]:
    """All entries: plain files with plain names, each once. Nothing is unpacked."""
    with tarfile.open(fileobj=file, mode="r:") as tar:
        entries = tar.getmembers()
    names = [found.name for found in entries]
    for found in entries:
        if not found.isreg() or found.issparse() or not is_plain(found.name):
            raise ValueError(f"{found.name!r} is not allowed in a backup")
    if len(set(names)) < len(names) or len(names) < 3:
        raise ValueError("a file is missing or there twice")
    return entries


def is_plain(name: str) -> bool:
    """Whether a name is one this program writes: below `files/`, with no way out, or one of the three."""
    if name in {MANIFEST, DUMP, SEAL}:
        return True
    parts = name.split("/")
    plain = all(part and not part.startswith(".") and part.isprintable() for part in parts)
    return plain and len(parts) > 2 and parts[0] == "files" and "\\" not in name


def verify_seal(file: IO[bytes], seal: tarfile.TarInfo) -> None:
    """Every byte up to the seal's own header, and nothing but zeros behind it."""
    if seal.size != 64 or content_of(file, seal).decode("ascii") != digest_of(file, 0, seal.offset):
        raise ValueError("the seal does not fit")
    file.seek(seal.offset_data + 64)
    rest = file.read(PIECE)
    end = seal.offset_data + 64 + len(rest)
    if rest.strip(b"\0") or end % tarfile.RECORDSIZE or file.read(1):
        raise ValueError("its end does not fit")


def content_of(file: IO[bytes], found: tarfile.TarInfo) -> bytes:
    """The bytes of one small entry."""
    if found.size > LONGEST_MANIFEST:
        raise ValueError(f"{found.name} is too long")
    file.seek(found.offset_data)
    return file.read(found.size)


def digest_of(file: IO[bytes], at: int, size: int) -> str:
    """The SHA-256 of a part of a file, as 64 hexadecimal digits."""
    file.seek(at)
    summed = SummedFile(file)
    for asked in pieces(size):
        summed.read(asked)
    if summed.size != size:
        raise ValueError("it ends too early")
    return summed.digest.hexdigest()
