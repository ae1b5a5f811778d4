"""Run what enters C code with hostile input in a child process, bounded in memory and time.

PDFium cannot be interrupted: a file of 3 KB with forms nested in forms keeps it busy for years, and
a fault in it would take the service down. In a forked child an alarm or a fault ends only the child.
"""

from __future__ import annotations

import faulthandler
import os
import resource
import signal
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import NoReturn, TypeVar

from triage.errors import CorruptError, TooLargeError

T = TypeVar("T")
_MOST_FILES = 1 << 16
_FORKING = threading.Lock()
_TIMED = threading.Lock()


def isolated(work: Callable[[], T], *, seconds: float, memory: int) -> T:
    """What `work` returns (not None) or raises, done in a child process of at most `memory` more bytes than this one.

    Raises `TooLargeError` when the child runs out of memory, of `seconds`, or of the time that it set
    itself with `timed`, and `CorruptError` when it dies otherwise.
    """
    with _FORKING:  # no other child may inherit the pipe's writing end, or its end would not be seen
        receiver, sender = Pipe(duplex=False)
        with warnings.catch_warnings():
            # Python 3.12 warns of forks beside threads; the child uses no lock that another thread may hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            _serve(work, sender, memory)
        sender.close()
    with receiver:
        answer: T | Exception | None = None
        try:
            if receiver.poll(seconds):
                answer = receiver.recv()
        except (EOFError, OSError):
            answer = None  # it died: the status below says how
        finally:
            if answer is None:
                os.kill(child, signal.SIGALRM)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if isinstance(answer, Exception):
        raise answer
    if answer is not None:
        return answer
    if status == -signal.SIGALRM:
        raise TooLargeError("The file takes too long to read; it is too complex, or made to be.")
    raise CorruptError("The file cannot be read: the program that parses it failed on it.")


@contextmanager
def timed(budget: list[float]) -> Iterator[None]:
    """One thread at a time, and the process ends by SIGALRM when the seconds in `budget[0]` are used up."""
    with _TIMED:
        signal.setitimer(signal.ITIMER_REAL, max(budget[0], 0.001))
        try:
            yield
        finally:
            budget[0] = signal.setitimer(signal.ITIMER_REAL, 0)[0]


def _serve(work: Callable[[], object], sender: Connection, memory: int) -> NoReturn:
    """The child's whole life: bound itself, work, answer, leave without the parent's exit handlers.

    It keeps no file of the parent's but its own end of the pipe: sockets would stay open after a parent that is
    killed, and with the other end of the pipe open the child would wait for ever to be heard.
    """
    try:
        os.closerange(3, sender.fileno())
        os.closerange(sender.fileno() + 1, _MOST_FILES)
        faulthandler.disable()  # a fault here is expected and answered for, not to be reported
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        try:
            answer = work()
        except MemoryError:
            answer = TooLargeError("The file needs more memory than it may take.")
        except Exception as error:  # every error is the caller's to handle, on the other side of the pipe
            answer = error
        sender.send(answer)
    finally:
        os._exit(0)
