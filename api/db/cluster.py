"""One database cluster on disk: its folders and rights, its making, its settings, and the starting of its server.

    TRIAGE_HOME/postgres/
      supervisor.lock   held by the process that looks after the server
      server.lock       held by every process of the server itself (they inherit it): free means none is alive
      data/             the cluster, there only when it is whole
      log/              the server's log, a file a day, kept for a week
      socket/           where it listens; nowhere else
      binaries/         a copy of PostgreSQL, only where the server's user cannot read the original

Who may connect: the socket accepts without a password (`trust`), and two independent rights keep others away: the
folder is 0700 and the socket itself is 0700, both the server user's. So only that user and root come in, which is
whom a `peer` map would name; but it works for every database role, on 15 as on 18, and where a user id has no name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from psycopg.conninfo import make_conninfo
from psycopg.pq import PGconn, Ping

from api.db.binaries import (
    Account,
    DatabaseUnavailableError,
    as_user,
    clean_environment,
    major_version,
    run,
    runnable_binaries,
    server_account,
)
from api.db.filelock import FileLock
from api.durable import flush_folder

DATABASE = "triage"
SUPERUSER = "postgres"
SHORT_ON_SPACE = 64 << 20
"""Bytes. With less than this free, a failure is told together with the free space."""

_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
"""Bytes: `sun_path` of unix(7) holds 108 with its closing zero."""

_REQUIRED = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "restart_after_crash": "on",
    "logging_collector": "on",
    "log_destination": "stderr",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_startup_progress_interval": "1s",
    # No text of a document in the log: no statements, no parameters, no "Failing row contains", and of the
    # messages only those of the server itself (`log` stands above `error`); a client is told its own errors.
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}
"""Given on the command line at every start, where no `ALTER SYSTEM` outdoes them."""

_DEFAULTS = """
# Dərkənar's defaults for the machine on which this was made; ALTER SYSTEM may change these.
shared_buffers = {buffers}MB
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
"""


def shared_buffers() -> int:
    """Megabytes of memory for pages of the database: an eighth of the machine's, from 128 to 1024."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(1024, max(128, memory // 8 // 2**20))


class Cluster:
    """The folders and the server of one cluster under TRIAGE_HOME; it starts things and supervises nothing."""

    def __init__(self, home: Path, binaries: Path) -> None:
        self.home = Path(os.path.realpath(home))
        self.root = self.home / "postgres"
        self.data = self.root / "data"
        self.log = self.root / "log"
        self.socket = _socket_folder(self.root)
        self.binaries = binaries
        self.account: Account | None = None

    def open(self) -> None:
        """Make the two outer folders, so that the locks have a place. Their rights: ours alone."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)
            owner = self.root.stat().st_uid
        except OSError as error:
            raise self.failure(f"{self.root} cannot be made or entered: {error.strerror}.") from error
        if os.geteuid() not in {0, owner}:
            raise DatabaseUnavailableError(
                f"{self.root} belongs to user {owner}: start the service as that user."
            )

    def prepare(self) -> None:
        """Make the folders of the server and, once, the cluster itself. Only under the supervisor's lock."""
        try:
            self.account = server_account(self.data)
            if self.account:
                self._lend_way(self.account)
            for folder in (self.log, self.socket):
                self._own(folder)
            self.binaries = runnable_binaries(self.binaries, self.account, self.root / "binaries")
            if self.data.exists():
                self._check_version()
            else:
                self._make()
        except OSError as error:
            raise self.failure(
                f"The folders of PostgreSQL in {self.root} cannot be made: {error}."
            ) from error

    def launch(self, lock: FileLock) -> subprocess.Popen[bytes]:
        """Start the server; it and all its children inherit the lock. Its first words come out of `stderr`."""
        settings = {**_REQUIRED, "unix_socket_directories": f'"{self.socket}"'}
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        try:
            self._drop_stale_pid_files()
            return subprocess.Popen(  # noqa: S603 - our own program, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[lock.descriptor] if lock.descriptor is not None else [],
                cwd="/",
                env=clean_environment(),
                start_new_session=True,  # Ctrl-C in the service's terminal is not the server's
                umask=0o077,
                **as_user(self.account),
            )
        except OSError as error:
            raise self.failure(f"PostgreSQL cannot be started: {error}.") from error

    def ping(self) -> Ping:
        """Ask over the socket: OK, REJECT (starting, recovering or stopping) or NO_RESPONSE."""
        conninfo = make_conninfo(host=str(self.socket), user=SUPERUSER, dbname=DATABASE, connect_timeout=5)
        return Ping(PGconn.ping(conninfo.encode()))

    def server_pid(self) -> int | None:
        """Give the pid in the server's own file: true while that server answers, perhaps another's afterwards."""
        try:
            return int((self.data / "postmaster.pid").read_text().split(maxsplit=1)[0])
        except (OSError, ValueError, IndexError):
            return None

    def holders(self) -> list[int]:
        """Give the processes that have the server's lock open (Linux; those that we may look into)."""
        lock = self.root / "server.lock"
        found = set()
        for link in Path("/proc").glob("[0-9]*/fd/*"):
            with contextlib.suppress(OSError):
                if link.readlink() == lock:
                    found.add(int(link.parts[2]))
        return sorted(found - {os.getpid()})

    def last_words(self) -> str:
        """Give the last lines of the newest log file, without the answers to our own asking, or nothing."""
        try:
            newest = max(self.log.glob("*.log"), key=lambda path: path.stat().st_mtime)
            with newest.open("rb") as file:
                file.seek(max(0, newest.stat().st_size - 4000))
                lines = file.read().decode(errors="replace").splitlines()
            return "\n".join([line for line in lines if "the database system is" not in line][-6:])
        except (OSError, ValueError):
            return ""

    def failure(self, message: str) -> DatabaseUnavailableError:
        """Build the error, with the free space where that is the likely reason."""
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self.home).free
            if free < SHORT_ON_SPACE:
                message += f" Only {free >> 20} MB are left on the disk of {self.home}: free some space."
        return DatabaseUnavailableError(message)

    def _lend_way(self, account: Account) -> None:
        """Let the server's user pass through our two folders (never list them); touch no folder above.

        TRIAGE_HOME itself is changed only where it is root's own and nobody else has any right in it.
        """
        if _may_enter(self.root, account):
            return
        os.chown(self.root, 0, account.gid)
        self.root.chmod(0o710)
        rights = self.home.stat()
        if rights.st_uid == 0 and not stat.S_IMODE(rights.st_mode) & 0o077:
            os.chown(self.home, 0, account.gid)
            self.home.chmod(0o710)
        if not _may_enter(self.root, account):
            closed = next(
                (at for at in reversed(self.root.parents) if not _may_enter(at, account)), self.root
            )
            raise DatabaseUnavailableError(
                f"PostgreSQL does not run as root, and the user {account.name}, who runs it, may not pass through "
                f"{closed}. Choose another TRIAGE_HOME (such as /var/lib/derkenar), or `chmod o+x {closed}`, "
                "or start the service as an ordinary user."
            )

    def _own(self, folder: Path) -> None:
        """Make a folder that is the server user's alone. One in /tmp may be a stranger's: then refuse."""
        owner = self.account.uid if self.account else os.geteuid()
        if not folder.is_symlink():
            folder.mkdir(mode=0o700, exist_ok=True)
        there = folder.lstat()
        if not stat.S_ISDIR(there.st_mode) or there.st_uid not in {owner, os.geteuid()}:
            raise DatabaseUnavailableError(
                f"{folder} is not ours (user {there.st_uid}): remove it, then start again."
            )
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(0o700)

    def _make(self) -> None:
        """Make the cluster in a temporary folder and rename it when it is whole and on the disk."""
        for left in self.root.glob("data.*.new"):
            shutil.rmtree(left, ignore_errors=True)
        fresh = Path(tempfile.mkdtemp(prefix="data.", suffix=".new", dir=self.root))
        try:
            self._own(fresh)
            self._initdb(fresh)
            fresh.rename(self.data)
            flush_folder(self.root)
        except (DatabaseUnavailableError, OSError) as error:
            raise self.failure(f"The database cannot be made in {self.root}. {error}") from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)

    def _initdb(self, fresh: Path) -> None:
        """Fill an empty folder: UTF-8, code-point order, checksums, the database `triage`.

        From 17 on the order of letters is PostgreSQL's own, so that a new C library cannot spoil an index.
        """
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if major_version(self.binaries) < 17:
            locale = ["--locale=C.UTF-8"]
        command: list[str | Path] = [
            self.binaries / "initdb",
            "--pgdata",
            fresh,
            f"--username={SUPERUSER}",
            *locale,
        ]
        command += ["--encoding=UTF8", "--data-checksums", "--auth-local=trust", "--auth-host=reject"]
        run(command, self.account)
        with (fresh / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(_DEFAULTS.format(buffers=shared_buffers()))
            file.flush()
            os.fsync(file.fileno())
        single: list[str | Path] = [
            self.binaries / "postgres",
            "--single",
            "-D",
            fresh,
            "-c",
            "exit_on_error=on",
            "postgres",
        ]
        run(single, self.account, input=f"CREATE DATABASE {DATABASE}\n")

    def _check_version(self) -> None:
        made = (self.data / "PG_VERSION").read_text().strip()
        ours = str(major_version(self.binaries))
        if made != ours:
            raise DatabaseUnavailableError(
                f"The database in {self.data} is of PostgreSQL {made}, the programs in {self.binaries} are {ours}. "
                f"Back it up with the programs of {made}, and restore the file into an empty TRIAGE_HOME."
            )

    def _drop_stale_pid_files(self) -> None:
        """Remove pid files that nobody stands behind (the cluster's, the socket's).

        PostgreSQL would believe a pid that is a zombie's or another process's by now, and refuse to start.
        Called with the server's lock in hand, so no server that we started is alive. One started by hand is:
        its working directory is the cluster.
        """
        pid = self.server_pid()
        with contextlib.suppress(OSError):
            if pid is not None and Path(f"/proc/{pid}/cwd").samefile(self.data):
                raise DatabaseUnavailableError(
                    f"A PostgreSQL that the service did not start (process {pid}) uses {self.data}: stop it first."
                )
        socket = self.socket / ".s.PGSQL.5432"
        for stale in (self.data / "postmaster.pid", socket.with_name(f"{socket.name}.lock"), socket):
            stale.unlink(missing_ok=True)


def _socket_folder(root: Path) -> Path:
    """Give `root/socket`, or a private folder in /tmp where that is too long or has signs that libpq splits at.

    Its name follows from the path, so that every process of ours finds the same one.
    """
    folder = root / "socket"
    if len(os.fsencode(folder)) <= _LONGEST_SOCKET_FOLDER and re.fullmatch(
        r"[\w./+~-]+", str(folder), re.ASCII
    ):
        return folder
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return Path(f"/tmp/derkenar-{digest}")  # noqa: S108 - made 0700, and refused when it is another's


def _may_enter(folder: Path, account: Account) -> bool:
    try:
        run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder], account)
    except DatabaseUnavailableError:
        return False
    return True
