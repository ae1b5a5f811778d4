"""One HTTP request to another system: to addresses that were checked, in bounded time, whatever it answers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from api.webhooks.targets import RefusedError, Target

SECONDS = 20.0
"""The longest that a request takes, all together (the specification proposes 15 to 30)."""
_CONNECT_SECONDS = 5.0
_READ = 4096
_LONGEST_PAUSE = 24 * 3600


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the status that was answered, or the code of what kept it from being answered.

    Codes: `name`, `address` (not allowed), `unreachable`, `tls`, `timeout`, `protocol`; `status` where the status is
    none of success. `pause` is what the other system asked for (`Retry-After`, in seconds).
    """

    status: int | None = None
    error: str | None = None
    pause: int = 0

    @property
    def gone(self) -> bool:
        """Whether the other system wants no more messages at all."""
        return self.status == 410


def post(target: Target, headers: Mapping[str, str], body: bytes, seconds: float = SECONDS) -> Outcome:
    """Send `body`; redirects are not followed, and nothing that is answered is kept but the status."""
    try:
        connection = _Checked(target, target.addresses(), seconds)
    except RefusedError as error:
        return Outcome(error=error.code)
    with _limited(connection, seconds) as over:
        try:
            return _sent(connection, target, headers, body)
        except Exception as error:  # whatever a hostile answer makes the standard library raise
            return Outcome(error="timeout" if over.is_set() else _code(error))


class _Checked(HTTPConnection):
    """A connection to these addresses, whatever the name means by now; TLS is for the name."""

    def __init__(self, target: Target, addresses: list[str], seconds: float) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.default_port = 443 if target.tls else 80  # the header Host then has no port
        self._addresses, self._tls = addresses, target.tls

    def connect(self) -> None:
        """Connect to the first address that answers. Raises OSError."""
        self.sock = self._reached()
        self.sock.settimeout(self.timeout)
        if self._tls:
            context = ssl.create_default_context()
            # The socket is known before the handshake, so that the time limit reaches it.
            self.sock = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock.do_handshake()

    def _reached(self) -> socket.socket:
        failed: OSError | None = None
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), _CONNECT_SECONDS)
            except OSError as error:
                failed = error
        raise failed or OSError("no address")


def _sent(connection: _Checked, target: Target, headers: Mapping[str, str], body: bytes) -> Outcome:
    connection.request("POST", target.path, body, dict(headers))
    response = connection.getresponse()
    with suppress(OSError, HTTPException, ValueError):
        response.read(_READ)
    asked = response.headers.get("Retry-After", "")
    pause = min(int(asked), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() and len(asked) < 10 else 0
    success = 200 <= response.status < 300
    return Outcome(response.status, None if success else "status", pause)


@contextmanager
def _limited(connection: HTTPConnection, seconds: float) -> Iterator[threading.Event]:
    """Cut the connection when the time is over: a peer that sends a byte now and then holds nobody up."""
    over = threading.Event()

    def cut() -> None:
        over.set()
        if connection.sock is not None:
            with suppress(OSError):  # of the socket itself: that of TLS would wait for its peer
                socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
        connection.close()


def _code(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "tls"
    return "unreachable" if isinstance(error, OSError) else "protocol"
