"""Processes beside this one that are started again when they die, and leave when it does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

log = structlog.get_logger("api.serve")
LEAVE_SECONDS = 30.0
"""Seconds that a process gets to finish what is under way."""
SERVERS = min(4, os.cpu_count() or 1)
"""Processes that answer requests, unless the operator says otherwise: each is worth about one core."""
_LONGEST_PAUSE = 30.0
_QUICK_DEATH = 10.0


def share_metrics(home: Path) -> None:
    """Let the counters of this process and those that it starts lie in files, so that each tells the sum of all.

    To be called before `prometheus_client` is imported, which looks for the folder then.
    """
    folder = home / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


@contextmanager
def kept(name: str, *arguments: str, files: Sequence[int] = ()) -> Iterator[None]:
    """Keep `python -m api` with these arguments running for as long as the block lasts; it inherits open `files`.

    Its standard input ends when this process does, however that comes about (see `when_parent_is_gone`).
    """
    leaving = threading.Event()
    thread = threading.Thread(
        target=_keep, args=(name, arguments, files, leaving), name=f"{name}-keeper", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


def when_parent_is_gone(leave: Callable[[], None]) -> None:
    """Call `leave`, from a thread, when the process that keeps this one is gone."""

    def wait() -> None:
        sys.stdin.buffer.read()
        leave()

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _keep(name: str, arguments: Sequence[str], files: Sequence[int], leaving: threading.Event) -> None:
    command = [sys.executable, "-m", "api", *arguments]
    pause = 1.0
    while not leaving.is_set():
        began = time.monotonic()
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=files) as process:  # noqa: S603 - our own program
            while process.poll() is None and not leaving.wait(0.5):
                pass
            if process.poll() is None:
                _end(process)
                return
        pause = 1.0 if time.monotonic() - began > _QUICK_DEATH else min(2 * pause, _LONGEST_PAUSE)
        log.error(f"{name}_ended", status=process.returncode, again_in_seconds=pause)
        leaving.wait(pause)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
