"""A lock that ends with its holder, and that a child process can be made to hold."""

from __future__ import annotations

import fcntl
import os
import weakref
from pathlib import Path

from api.db.binaries import DatabaseUnavailableError


class FileLock:
    """A flock(2) on a file. It ends with the last process that has it open, however that process ends."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor: int | None = None
        _LOCKS.add(self)

    def take(self) -> bool:
        """Try to take the lock; False when another process (or another object of this one) has it."""
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise DatabaseUnavailableError(
                f"The lock {self.path} cannot be opened: {error.strerror}."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self.descriptor = descriptor
        return True

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self.descriptor is not None

    def release(self) -> None:
        """Close our end of the lock; children that inherited it keep it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


_LOCKS: weakref.WeakSet[FileLock] = weakref.WeakSet()


def _release_in_child() -> None:
    """A forked worker must not keep the locks of its parent alive."""
    for lock in tuple(_LOCKS):
        lock.release()


os.register_at_fork(after_in_child=_release_in_child)
