"""An installation of the service in a folder of its own: its processes, its commands, its database."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import httpx
import psycopg
from psycopg import sql

from api.db.embedded import EmbeddedPostgres

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("triage-api")
BARE = str(Path(__file__).with_name("bare"))
"""As PYTHONPATH: processes then run without PyTorch, as where nothing but the service is installed."""
STARTING = 120.0
"""Seconds that a process may take to be there, on a machine that is busy."""
WORKING = 900.0
"""Seconds that a command may take."""


class FailedError(Exception):
    """Something is not as it must be; the message is for who reads the log."""


def expect(holds: object, reason: str) -> None:
    """Raises FailedError with this reason where something does not hold."""
    if not holds:
        raise FailedError(reason)


def wait_for(what: str, look: Callable[[], T | None], seconds: float, pause: float = 0.2) -> T:
    """What `look` gives once it gives something. Raises FailedError when the time is over."""
    end = time.monotonic() + seconds
    while (found := look()) is None or found is False:
        expect(time.monotonic() < end, f"{what}: not within {seconds:.0f} s")
        time.sleep(pause)
    return found


def end_group(leader: int) -> bool:
    """Kill what a process that is gone has left behind; whether there was anything."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Installation:
    """One TRIAGE_HOME, the processes that were started on it, and a log of each beside it."""

    def __init__(self, home: Path, logs: Path, **settings: str) -> None:
        self.home, self.logs = home, logs
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")},
            "TRIAGE_HOME": str(home),
            "TRIAGE_PORT": str(self.port),
            "TRIAGE_PUBLIC_URL": self.url,
            "COLUMNS": "200",
            **settings,
        }
        self._environment.pop("DATABASE_URL", None)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `triage-api` with these arguments; what it says goes into `logs`/`name`.log."""
        with self.log(name).open("ab") as log:
            process = subprocess.Popen(
                [PROGRAM, *arguments], cwd=ROOT, env=self._environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.processes[name] = process
        return process

    def run(self, *arguments: str, expected: Sequence[int] = (0,)) -> str:
        """Run a command of `triage-api` to its end; what it printed. Raises FailedError on another exit status."""
        done = subprocess.run(
            [PROGRAM, *arguments], cwd=ROOT, env=self._environment, capture_output=True, text=True,
            check=False, timeout=WORKING,
        )  # fmt: skip
        words = " ".join(arguments)
        expect(
            done.returncode in expected,
            f"`triage-api {words}` ended with status {done.returncode}:\n{done.stdout}{done.stderr[-3000:]}",
        )
        return done.stdout

    def log(self, name: str) -> Path:
        """Where a process writes what it says."""
        return self.logs / f"{self.home.name}-{name}.log"

    def said(self, name: str) -> str:
        """What a process has said so far."""
        return self.log(name).read_text(encoding="utf-8", errors="replace")

    def printed_password(self, name: str = "server") -> str:
        """The password of the first administrator, which the service printed at its first start."""
        printed = re.search(r"user admin, password (\S+)", self.said(name))
        if printed is None:
            raise FailedError("no password of the first administrator was printed")
        return printed[1]

    def wait_until_ready(self, name: str = "server") -> None:
        """Wait until the service takes papers. Raises FailedError where it ends or does not come."""

        def look() -> bool | None:
            process = self.processes[name]
            expect(process.poll() is None, f"{name} ended with status {process.returncode}")
            with suppress(httpx.TransportError):
                return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200 or None
            return None

        wait_for("the service answers", look, STARTING)

    def check_alive(self) -> None:
        """Raises FailedError where a process has ended that nobody asked to."""
        for name, process in self.processes.items():
            expect(process.poll() is None, f"{name} ended with status {process.returncode}")

    def answering(self) -> set[int]:
        """The processes that answer at its socket beside the one that was started."""
        found, home = set(), f"TRIAGE_HOME={self.home}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                words, told = ((folder / file).read_bytes().split(b"\0") for file in ("cmdline", "environ"))
                if b"answer" in words and home in told:
                    found.add(int(folder.name))
        return found

    def kill(self, name: str) -> int:
        """Kill one of its processes with signal 9, it alone; its id."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()
        return process.pid

    def stop(self, *names: str) -> None:
        """Ask processes to end, and wait. Raises FailedError where one does not end cleanly."""
        for name in names:
            self.processes[name].terminate()
        for name in names:
            status = self.processes.pop(name).wait(60)
            expect(
                status in (0, 128 + signal.SIGTERM), f"{name} ended with status {status} when it was stopped"
            )

    def clean_up(self) -> None:
        """End whatever of it still runs: nicely, and if that takes too long, not."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                end_group(process.pid)
        self.processes.clear()

    def kill_database(self) -> None:
        """Kill the embedded PostgreSQL with signal 9."""
        os.kill(self._server_pid(), signal.SIGKILL)

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A connection to its database as the superuser, whom nothing is forbidden."""
        url = EmbeddedPostgres(self.home).url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url) as connection:
            yield connection

    def rows(self, query: LiteralString | sql.Composed, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query, as the superuser."""
        with self.superuser() as connection:
            return connection.execute(query, values).fetchall()

    def _server_pid(self) -> int:
        return int((self.home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
