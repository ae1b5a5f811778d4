"""A small mail server that keeps what it is sent; it can refuse, or hang up."""

from __future__ import annotations

import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from typing import Any


class Catcher(socketserver.ThreadingTCPServer):
    """Speaks enough SMTP (RFC 5321) for smtplib. `script` holds the answers to the coming DATA, such as `b"550 no"`.

    An empty answer: the connection ends without one, though the mail has come.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.tls = tls
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.secured: list[bool] = []
        self.script: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    server: Catcher
    secure = False

    def handle(self) -> None:
        with suppress(ssl.SSLError), closing(self):  # a client that does not trust the certificate goes away
            self._talk()

    def close(self) -> None:
        """The encrypted connection, if it became one, is another object than the one that the server closes."""
        if self.secure:
            self.rfile.close()
            self.wfile.close()
            self.request.close()

    def _talk(self) -> None:
        self._say(b"220 catcher")
        while line := self.rfile.readline():
            verb = line.strip().upper()
            if verb.startswith(b"EHLO"):
                offers = (
                    b"250-catcher\r\n250-STARTTLS" if self.server.tls and not self.secure else b"250-catcher"
                )
                self._say(offers + b"\r\n250-SMTPUTF8\r\n250 8BITMIME")
            elif verb == b"STARTTLS" and self.server.tls:
                self._say(b"220 go")
                self._secure(self.server.tls)
            elif verb == b"DATA":
                self._say(b"354 go")
                if not self._take():
                    return
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                if verb.startswith(b"RCPT TO:"):
                    self.server.recipients.append(line[8:].split()[0].decode().strip("<>"))
                self._say(b"250 ok")

    def _take(self) -> bool:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        answer = self.server.script.pop(0) if self.server.script else b"250 kept"
        if answer.startswith(b"2") or not answer:
            kept: Any = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            self.server.mails.append(kept)
            self.server.secured.append(self.secure)
        if answer:
            self._say(answer)
        return bool(answer)

    def _secure(self, context: ssl.SSLContext) -> None:
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile, self.secure = (
            self.request.makefile("rb"),
            self.request.makefile("wb", 0),
            True,
        )

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextmanager
def catching(tls: ssl.SSLContext | None = None) -> Iterator[Catcher]:
    """A mail server for as long as the block lasts."""
    with Catcher(tls) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
