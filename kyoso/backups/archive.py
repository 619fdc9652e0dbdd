"""Writing an archive: whole or not at all. reading.py reads it."""

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


def has_room(folder: Path, size: int) -> bool:
    """Whether the disk of a folder has room for `size` bytes."""
    return shutil.disk_usage(folder).free > size
