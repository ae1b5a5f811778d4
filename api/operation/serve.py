"""The web service: processes that answer at one socket, and a worker in a process of its own beside them."""

from __future__ import annotations

import gc
import socket
from contextlib import ExitStack
from datetime import timedelta

import uvicorn
from rich.console import Console

from api.app import create_app
from api.audit.checkpoints import Interval, signing
from api.auth.service import first_administrator
from api.deps import Services
from api.operation.children import LEAVE_SECONDS, kept, when_parent_is_gone
from api.web import render


def serve(services: Services, workers: int, servers: int) -> None:
    """Answer requests until SIGTERM or SIGINT, as one of so many processes; requests under way are finished."""
    settings = services.settings
    render.warm()
    _greet(services)
    config = _config(services)
    interval = Interval(settings.checkpoint_events, timedelta(minutes=settings.checkpoint_minutes))
    with ExitStack() as beside:
        beside.enter_context(signing(services.database, settings.home, interval))
        listening = beside.enter_context(config.bind_socket())
        for _ in range(servers - 1):
            number = listening.fileno()
            beside.enter_context(kept("server", "answer", "--socket", str(number), files=[number]))
        if workers:
            beside.enter_context(kept("worker", "worker", "--concurrency", str(workers)))
        gc.freeze()  # what is loaded by now is never garbage: collections need not look at it
        uvicorn.Server(config).run(sockets=[listening])


def answer(services: Services, number: int) -> None:
    """Answer requests at the socket of this file number, beside the process that opened it, until that is gone."""
    render.warm()
    server = uvicorn.Server(_config(services))
    when_parent_is_gone(lambda: setattr(server, "should_exit", True))
    gc.freeze()
    with socket.socket(fileno=number) as listening:
        server.run(sockets=[listening])


def _config(services: Services) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(services),
        host=services.settings.host,
        port=services.settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(LEAVE_SECONDS),
        forwarded_allow_ips="127.0.0.1",
        http="h11",  # httptools takes headers of any size
        h11_max_incomplete_event_size=64 * 1024,
    )


def _greet(services: Services) -> None:
    """Say where the service is; make the first administrator, whose password is shown this once."""
    out, url = Console(stderr=True, highlight=False, soft_wrap=True), services.settings.public_url
    password = first_administrator(services)
    if password is not None:
        out.print("The first administrator was made. This password is shown once, and must be changed:")
        out.print(f"  user admin, password {password}", markup=False)
    out.print(f"Dərkənar answers at {url}; data lie in {services.settings.home}.", markup=False)
    out.print(f"Sign in at {url}/sign-in.", markup=False)
