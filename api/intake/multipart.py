"""Multipart forms (RFC 7578), part by part as they arrive: no file is held in memory or in a temporary file."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.errors import InvalidError

_READ = 2**16


@dataclass(frozen=True)
class Part:
    """One part; `file_name` is None for a field. `stream` is read before the next part is asked for."""

    name: str
    file_name: str | None
    stream: BinaryIO


def parts(chunks: Iterator[bytes], content_type: str) -> Iterator[Part]:
    """The parts of a form that comes in `chunks`. Raises InvalidError for what is no form, or ends too early."""
    events = _events(chunks, content_type)
    header, headers = "", dict[str, str]()
    for what, data in events:
        if what == "header_field":
            header += data.decode("latin-1").lower()
        elif what == "header_value":
            headers[header] = headers.get(header, "") + data.decode("latin-1")
        elif what == "header_end":
            header = ""
        elif what == "headers_finished":
            part = _part(headers, events)
            yield part
            while part.stream.read(_READ):
                pass  # what was not wanted of it
            headers = {}


def _part(headers: dict[str, str], events: Iterator[tuple[str, bytes]]) -> Part:
    _, options = parse_options_header(headers.get("content-disposition", ""))
    if b"name" not in options:
        raise InvalidError("A part of the form has no name. Send it as multipart/form-data (RFC 7578).")
    file_name = options.get(b"filename")
    told = None if file_name is None else file_name.decode("utf-8", "replace")
    stream = cast(BinaryIO, io.BufferedReader(_Body(events), _READ))
    return Part(options[b"name"].decode("utf-8", "replace"), told, stream)


class _Body(io.RawIOBase):
    """The bytes of one part as a readable file."""

    def __init__(self, events: Iterator[tuple[str, bytes]]) -> None:
        self._events, self._held, self._over = events, memoryview(b""), False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._held and not self._over:
            what, data = next(self._events)
            self._held, self._over = memoryview(data), what == "part_end"
        count = min(len(buffer), len(self._held))
        buffer[:count], self._held = self._held[:count], self._held[count:]
        return count


def _events(chunks: Iterator[bytes], content_type: str) -> Iterator[tuple[str, bytes]]:
    """What the parser meets, as (name of its callback without `on_`, data), until the form is over."""
    met: deque[tuple[str, bytes]] = deque()

    def note(what: str) -> Any:
        return lambda data=b"", start=0, end=0: met.append((what, data[start:end]))

    names = ("header_field", "header_value", "header_end", "headers_finished", "part_data", "part_end", "end")
    callbacks: Any = {f"on_{name}": note(name) for name in names}
    try:
        parser = MultipartParser(parse_options_header(content_type)[1].get(b"boundary", b""), callbacks)
        for chunk in chunks:
            parser.write(chunk)
            while met:
                if met[0][0] == "end":
                    return
                yield met.popleft()
    except FormParserError as error:
        raise InvalidError(f"The form cannot be read: {error}") from None
    raise InvalidError("The form ends too early. Nothing was saved: please send it again.")
