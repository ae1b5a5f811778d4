"""The application on a real socket, for what only a real connection shows; and as a client in the same process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from api.auth.deps import caller
from api.auth.permissions import Principal
from api.deps import Services


def client_of(services: Services, who: Principal) -> TestClient:
    """A client that is this caller; how callers are recognised is tested elsewhere."""
    app = create_app(services)
    app.dependency_overrides[caller] = lambda: who
    return TestClient(app, raise_server_exceptions=False)


@contextmanager
def served(services: Services, who: Principal) -> Iterator[int]:
    """The port at which the application answers while the block lasts."""
    app = create_app(services)
    app.dependency_overrides[caller] = lambda: who
    with listening(app) as port:
        yield port


@contextmanager
def listening(app: FastAPI) -> Iterator[int]:
    """The port at which an application answers while the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as taken, answering(app, taken):
        yield int(taken.getsockname()[1])


@contextmanager
def answering(app: FastAPI, taken: socket.socket) -> Iterator[None]:
    """Lets an application answer at a socket while the block lasts."""
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run, args=([taken],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
