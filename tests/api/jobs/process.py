"""A worker in a process of its own, to be killed: its arguments are URL HOME MARK SECONDS.

Its first paper makes it write the file MARK, and then take so many seconds.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from api.deps import Services
from api.jobs.worker import run_worker
from api.settings import Settings
from tests.api.jobs.support import QUICK
from tests.api.triaging.papers import rule
from triage import types


def main(url: str, home: str, mark: str, seconds: str) -> None:
    """Work until SIGTERM."""
    services = Services.make(Settings(home=Path(home)), url)

    def linger(_: types.Document) -> None:
        if not Path(mark).exists():
            Path(mark).write_text("begun", encoding="utf-8")
            time.sleep(float(seconds))

    run_worker(services, 1, suggester=rule(services, before=linger).suggester, pace=QUICK, leave_seconds=30.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
