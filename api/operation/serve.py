"""The web service, with a worker in a process of its own beside it that is started again when it dies."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
import uvicorn
from rich.console import Console

from api.app import create_app
from api.audit.checkpoints import Interval, signing
from api.auth.service import first_administrator
from api.deps import Services
from api.web import render

log = structlog.get_logger("api.serve")
_LONGEST_PAUSE = 30.0
_QUICK_DEATH = 10.0
_LEAVE_SECONDS = 30.0


def serve(services: Services, workers: int) -> None:
    """Answer requests until SIGTERM or SIGINT; requests under way are finished."""
    settings = services.settings
    render.warm()
    _greet(services)
    config = uvicorn.Config(
        create_app(services),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(_LEAVE_SECONDS),
        forwarded_allow_ips="127.0.0.1",
        http="h11",  # httptools takes headers of any size
        h11_max_incomplete_event_size=64 * 1024,
    )
    interval = Interval(settings.checkpoint_events, timedelta(minutes=settings.checkpoint_minutes))
    with signing(services.database, settings.home, interval), _worker(workers):
        gc.freeze()  # what is loaded by now is never garbage: collections need not look at it
        uvicorn.Server(config).run()


def _greet(services: Services) -> None:
    """Say where the service is; make the first administrator, whose password is shown this once."""
    out, url = Console(stderr=True, highlight=False, soft_wrap=True), services.settings.public_url
    password = first_administrator(services)
    if password is not None:
        out.print("The first administrator was made. This password is shown once, and must be changed:")
        out.print(f"  user admin, password {password}", markup=False)
    out.print(f"Dərkənar answers at {url}; data lie in {services.settings.home}.", markup=False)
    out.print(f"Sign in at {url}/sign-in.", markup=False)


@contextmanager
def _worker(concurrency: int) -> Iterator[None]:
    """Keep a worker process running for as long as the block lasts."""
    if concurrency < 1:
        yield
        return
    leaving = threading.Event()
    thread = threading.Thread(target=_keep, args=(concurrency, leaving), name="worker-keeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


def _keep(concurrency: int, leaving: threading.Event) -> None:
    command = [sys.executable, "-m", "api", "worker", "--concurrency", str(concurrency)]
    pause = 1.0
    while not leaving.is_set():
        began = time.monotonic()
        process = subprocess.Popen(command)  # noqa: S603 - our own program
        while process.poll() is None and not leaving.wait(0.5):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_LEAVE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            return
        pause = 1.0 if time.monotonic() - began > _QUICK_DEATH else min(2 * pause, _LONGEST_PAUSE)
        log.error("worker ended", status=process.returncode, again_in_seconds=pause)
        leaving.wait(pause)
