"""The supervisor of the embedded PostgreSQL: start or attach, watch, stop. No pid is ever believed by itself.

Two locks say who lives. The *supervisor's* is held by the one process that looks after the server; another process
that starts attaches to the server, and takes over when that one is gone. The *server's* is inherited by every process
of PostgreSQL: while it is held the cluster is in use, even if its supervisor was killed; once it is free, a pid file
is stale whatever pid stands in it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from psycopg.pq import Ping
from sqlalchemy.engine import URL

from api.db.binaries import DatabaseUnavailableError, find_binaries
from api.db.cluster import DATABASE, SUPERUSER, Cluster
from api.db.filelock import FileLock

__all__ = ["DatabaseUnavailableError", "EmbeddedPostgres", "find_binaries"]

STALL = 120.0
"""Seconds without a sign of progress (answer or log line) after which a start is given up."""
LONGEST_START = 3600.0
"""Seconds after which a start is given up even if it makes progress."""
ORPHAN_GRACE = 5.0
"""Seconds that the children of a killed server get to notice and leave, before they are killed too."""
LONGEST_STOP = 60.0
"""Seconds that a fast shutdown gets, before an immediate one (which loses nothing, but means a recovery)."""
_STEP = 0.05
_BEAT = 0.5
_LONGEST_PAUSE = 30.0
_QUICK_DEATH = 10.0


class EmbeddedPostgres:
    """PostgreSQL in `home`/postgres, for as long as the `with` block lasts.

    As a context manager it starts, watches, and stops; SIGTERM then ends the process by `SystemExit`, so that the
    block is left properly. `say` is told in a sentence what happens (recovery, restart); it may come from a thread.
    """

    def __init__(
        self, home: Path, binaries: Path | None = None, *, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._cluster = Cluster(home, binaries or find_binaries())
        self._duty = FileLock(self._cluster.root / "supervisor.lock")
        self._process: subprocess.Popen[bytes] | None = None
        self._say = say
        self._leaving = threading.Event()
        self._watcher: threading.Thread | None = None
        self._pid = os.getpid()
        self._former_handler: Callable[[int, FrameType | None], object] | int | None = None

    @property
    def url(self) -> str:
        """The SQLAlchemy URL: the superuser, over the unix socket, database `triage`."""
        query = {"host": str(self._cluster.socket)}
        return URL.create("postgresql+psycopg", SUPERUSER, database=DATABASE, query=query).render_as_string()

    @property
    def owner(self) -> bool:
        """Whether this process looks after the server (it will stop it), or is attached to another's."""
        return self._duty.held

    def start(self) -> str:
        """Start the server, or attach to the one that another process of ours runs; give its URL.

        Waits as long as a recovery makes progress. Raises DatabaseUnavailableError; then nothing is left running.
        """
        self._leaving.clear()
        self._pid = os.getpid()
        self._cluster.open()
        patience = _Patience()
        while not self._duty.take():
            if self._cluster.ping() is Ping.OK:
                return self.url
            patience.spend(self._leaving, _NO_ANSWER, self._cluster.last_words())
        try:
            self._take_charge()
        except BaseException:
            if self._process is not None:
                self._end_server()
            self._duty.release()
            raise
        return self.url

    def stop(self) -> None:
        """Shut the server down (fast: sessions end, all is written) if it is ours to stop; else only let go."""
        self._leaving.set()
        if self._pid != os.getpid():
            return  # a forked child that inherited this object
        if self._watcher and self._watcher is not threading.current_thread():
            self._watcher.join()
        self._watcher = None
        if self._duty.held:
            try:
                self._end_server()
            finally:
                self._duty.release()

    def watch(self) -> None:
        """Start the thread that restarts a server that died, and takes over from a supervisor that is gone."""
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="postgres-watch", daemon=True)
            self._watcher.start()

    def __enter__(self) -> Self:
        self._turn_sigterm_into_exit()
        try:
            self.start()
            self.watch()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        try:
            self.stop()
        finally:
            if self._former_handler is not None:
                signal.signal(signal.SIGTERM, self._former_handler)
                self._former_handler = None

    def _turn_sigterm_into_exit(self) -> None:
        """Only where nobody else handles SIGTERM: by default it would end Python without leaving the block."""
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._former_handler = signal.signal(signal.SIGTERM, _exit_on_signal)

    def _watch(self) -> None:
        pause, restarted = _BEAT, 0.0
        while not self._leaving.wait(pause):
            try:
                if self._duty.held:
                    if self._alive():
                        pause = _BEAT
                        continue
                    self._say("PostgreSQL has died; it is being started again.")
                elif self._duty.take():
                    self._say("The process that looked after PostgreSQL is gone; this one takes over.")
                else:
                    continue
                quick = time.monotonic() - restarted < _QUICK_DEATH
                restarted = time.monotonic()
                self._take_charge()
                pause = min(pause * 2, _LONGEST_PAUSE) if quick else _BEAT
            except (DatabaseUnavailableError, OSError) as error:
                pause = min(pause * 2, _LONGEST_PAUSE)
                if not self._leaving.is_set():
                    self._say(str(error))

    def _alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None  # this also buries a zombie
        return self._cluster.ping() is not Ping.NO_RESPONSE

    def _take_charge(self) -> None:
        """With the supervisor's lock in hand: adopt a server that was left running, or start one; wait for it."""
        self._bury()
        lock = FileLock(self._cluster.root / "server.lock")
        if self._wait_for_orphans(lock):
            self._say("PostgreSQL was left running and is taken over.")
            return
        try:
            self._cluster.prepare()
            self._process = self._cluster.launch(lock)
        finally:
            lock.release()
        self._wait_until_ready(self._process)

    def _wait_for_orphans(self, lock: FileLock) -> bool:
        """Take the server's lock and give False, or give True when a server is left that answers."""
        patience, silent_since = _Patience(), time.monotonic()
        while not lock.take():
            answer = self._cluster.ping()
            if answer is Ping.OK:
                return True
            if answer is Ping.REJECT:
                silent_since = time.monotonic()
            elif time.monotonic() - silent_since > ORPHAN_GRACE:
                self._kill_orphans()
            patience.spend(self._leaving, _ORPHANS, self._cluster.last_words())
        return False

    def _kill_orphans(self) -> None:
        """Kill what a dead server left behind, such as a long query: nobody listens, and recovery loses nothing."""
        for pid in self._cluster.holders():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        patience, told = _Patience(), time.monotonic()
        while self._cluster.ping() is not Ping.OK:
            if process.poll() is not None:
                words = "\n".join(filter(None, (_first_words(process), self._cluster.last_words())))
                self._process = None
                raise self._cluster.failure(
                    f"PostgreSQL stopped while starting (status {process.returncode}): {words}"
                )
            words = self._cluster.last_words()
            if time.monotonic() - told > 2:
                told = time.monotonic()
                self._say(f"PostgreSQL is starting: {words.rpartition(chr(10))[2]}")
            patience.spend(self._leaving, "PostgreSQL does not come up", words)
        if process.stderr:
            process.stderr.close()  # by now it writes to its log

    def _end_server(self) -> None:
        """Stop the server, ours or adopted, and wait until none of its processes lives."""
        lock = FileLock(self._cluster.root / "server.lock")
        if self._process is None and self._is_gone(lock, 0):
            return
        steps = [(signal.SIGINT, LONGEST_STOP), (signal.SIGQUIT, 10.0)]
        if self._cluster.ping() is not Ping.OK:
            # PostgreSQL 18 can hang for ever on a fast shutdown in the middle of a recovery; it will recover again.
            steps = steps[1:]
        for how, limit in steps:
            if self._signal_server(how) and self._is_gone(lock, limit):
                return
        if self._process is not None:
            self._process.kill()
        self._kill_orphans()
        if not self._is_gone(lock, 10.0):
            self._say("PostgreSQL does not stop; its processes are left to themselves.")

    def _signal_server(self, how: signal.Signals) -> bool:
        """Signal our child; or, if adopted, the process that answers on our socket, which is the one in its file."""
        if self._process is not None:
            self._process.send_signal(how)
            return True
        if self._cluster.ping() is not Ping.NO_RESPONSE and (pid := self._cluster.server_pid()):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
            return True
        return False

    def _is_gone(self, lock: FileLock, limit: float) -> bool:
        """Wait until every process of the server has let go of its lock."""
        end = time.monotonic() + limit
        while not lock.take():
            if time.monotonic() > end:
                return False
            if self._process is not None:
                self._process.poll()
            time.sleep(_STEP)
        lock.release()
        self._bury()
        return True

    def _bury(self) -> None:
        """Forget a child that has ended; its zombie goes."""
        if self._process is not None:
            self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
            self._process = None


class _Patience:
    """Waits in small steps, as long as something moves: the words given change."""

    def __init__(self) -> None:
        self._began = self._moved = time.monotonic()
        self._words = ""

    def spend(self, leaving: threading.Event, complaint: str, words: str = "") -> None:
        """Wait a step. Raises DatabaseUnavailableError when we are leaving or nothing has moved for STALL seconds."""
        now = time.monotonic()
        if words != self._words:
            self._words, self._moved = words, now
        if leaving.is_set():
            raise DatabaseUnavailableError("Stopped while PostgreSQL was being started.")
        if now - self._moved > STALL or now - self._began > LONGEST_START:
            raise DatabaseUnavailableError(f"{complaint} (waited {now - self._began:.0f} s). {words}".strip())
        leaving.wait(min(_BEAT, max(_STEP, (now - self._began) / 10)))


_NO_ANSWER = "Another process looks after PostgreSQL, but it does not answer"
_ORPHANS = "Processes of a PostgreSQL that has died do not end"


def _first_words(process: subprocess.Popen[bytes]) -> str:
    """Give what a server that has ended wrote before it had a log."""
    if process.stderr is None:
        return ""
    with process.stderr as stream:
        os.set_blocking(stream.fileno(), False)
        lines = (stream.read() or b"").decode(errors="replace").splitlines()
    return "\n".join(line for line in lines if "redirecting log output" not in line)[-2000:]


def _exit_on_signal(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
