"""The archive as a file: written whole or not at all, read only when every byte is as it was written."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from kyoso.backups import BackupError

FORMAT = 1
MANIFEST, DUMP, SEAL = "manifest.json", "database.dump", "seal"
FILES = "files/"
PIECE = 1024 * 1024
UNFINISHED = ".unfinished"
LONGEST_MANIFEST = 512 * 1024 * 1024


class SealedFile:
    """A file being written, with the SHA-256 of all that was written. What tarfile needs to write to."""

    def __init__(self, file: IO[bytes]):
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def write(self, piece: bytes) -> int:
        """Write and remember."""
        self.digest.update(piece)
        self.size += len(piece)
        return self.file.write(piece)

    def tell(self) -> int:
        """How many bytes were written."""
        return self.size


class SummedFile:
    """A file being read, with the SHA-256 and size of what was read."""

    def __init__(self, file: IO[bytes]):
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        """Read and remember."""
        piece = self.file.read(size)
        self.digest.update(piece)
        self.size += len(piece)
        return piece

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of a file."""
        return {"size": self.size, "sha256": self.digest.hexdigest()}


class Writer:
    """Puts files into an archive and keeps the list for its manifest."""

    def __init__(self, file: IO[bytes]):
        self.sealed = SealedFile(file)
        self.tar = tarfile.open(fileobj=self.sealed, mode="w", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload]  # noqa: SIM115
        self.listed: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: IO[bytes], size: int) -> None:
        """Write `size` bytes of a file. Raises BackupError when the file has become shorter meanwhile."""
        summed = SummedFile(content)
        try:
            self.tar.addfile(entry(name, size), summed)  # type: ignore[arg-type]
        except OSError as error:
            if "unexpected end of data" in str(error):
                raise BackupError(
                    f"{name} が読んでいる間に短くなりました。もう一度お試しください。"
                ) from error
            raise
        self.listed[name] = summed.facts

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest with the list of files, then the seal over everything."""
        text = json.dumps(manifest | {"files": self.listed}, ensure_ascii=False, indent=1).encode()
        self.tar.addfile(entry(MANIFEST, len(text)), BytesIO(text))
        seal = self.sealed.digest.hexdigest().encode()
        self.tar.addfile(entry(SEAL, len(seal)), BytesIO(seal))
        self.tar.close()


def entry(name: str, size: int) -> tarfile.TarInfo:
    """A plain file in the archive; owner and times of the machine are nobody's business elsewhere."""
    found = tarfile.TarInfo(name)
    found.size, found.mode = size, 0o600
    return found


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file of mode 0600 that has its name only when all is on the disk.

    Side effects in order: what a killed run left beside it is removed; the content is written under a hidden
    name and settled; the file gets its name; the folder is settled. Whatever is raised, nothing is left.
    Raises FileExistsError: another archive is never replaced.
    """
    refuse_existing(path)
    sweep_unfinished(path.parent)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    opener = lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o600)  # noqa: E731
    try:
        with open(unfinished, "xb", opener=opener) as file:
            with suppress(OSError):  # a share of another system may know no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(file.fileno())
        refuse_existing(path)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    settle(path.parent)


def refuse_existing(path: Path) -> None:
    """Raise FileExistsError when something has this name."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def sweep_unfinished(folder: Path) -> None:
    """Remove what killed runs left in a folder; a run that still writes holds a lock on its file."""
    for path in folder.glob(f".*{UNFINISHED}"):
        with suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def settle(folder: Path) -> None:
    """A new name is as safe as its folder."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


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


def has_room(folder: Path, size: int) -> bool:
    """Whether the disk of a folder has room for `size` bytes."""
    return shutil.disk_usage(folder).free > size
