"""E-mail by the standard library: header block, body, and the attachments as further pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

from triage.documents import plain
from triage.documents.content import Content, tidy
from triage.documents.html import text_of
from triage.documents.limits import Limits
from triage.errors import CorruptError, DocumentError
from triage.types import Page

_SHOWN = ("From", "To", "Cc", "Date", "Subject")
_HEADER_AT_MOST = 4_000  # characters of a header field; the standard parser takes quadratic time in it
_PARTS_AT_MOST = 1_000
_LOGO_BYTES = 10_000
_SPACE = re.compile(r"\s+")

Reader = Callable[[bytes, Limits, int], Content]
"""Reads the bytes of an attachment at a depth; raises `DocumentError`."""


class _BoundedPolicy(policy.EmailPolicy):
    """The default policy with header fields cut to a length that parses in bounded time."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_HEADER_AT_MOST]


@dataclass
class _Gathered:
    """What was read so far, and what the limits still leave."""

    limits: Limits
    pages: list[Page]
    notes: list[str] = field(default_factory=list)
    truncated: bool = False

    def add(self, name: str, content: Content) -> None:
        """Append an attachment's pages, numbered on, with its name as their source."""
        for page in content.pages:
            source = name if page.source is None else f"{name} / {page.source}"
            self.pages.append(replace(page, number=len(self.pages) + 1, source=source))
        self.notes += [f"{name}: {note}" for note in content.notes]
        self.truncated |= content.truncated
        recognised = sum(page.confidence is not None for page in content.pages)
        self.limits = replace(
            self.limits,
            ocr_pages=max(0, self.limits.ocr_pages - recognised),
            max_pages=max(1, self.limits.max_pages - len(content.pages)),
        )


def read(data: bytes, limits: Limits, depth: int, read_part: Reader) -> Content:
    """The message (headers From, To, Cc, Date, Subject, then the body) as the first page, then attachments.

    Plain text is preferred to HTML. Attachments are read to the depth `limits.max_depth`, and at most
    `limits.max_attachments`; one that cannot be read leaves a note. Raises `CorruptError`.
    """
    try:
        message = message_from_bytes(data, policy=_BoundedPolicy())
        leaves = list(_leaves(message))
        body, attached = _split(leaves, limits)
        first = Page(1, tidy("\n".join([*_headers(message, limits), "", body]).strip()))
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError) as error:
        # The standard library's parser raises these on malformed messages.
        raise CorruptError("The e-mail is malformed and cannot be parsed.") from error
    gathered = _Gathered(limits, [first])
    if len(leaves) >= _PARTS_AT_MOST or len(attached) > limits.max_attachments:
        gathered.truncated = True
        gathered.notes.append(f"Only the first {limits.max_attachments} attachments were read.")
    for number, part in enumerate(attached[: limits.max_attachments], 1):
        _attach(part, number, depth, read_part, gathered)
    return Content(tuple(gathered.pages), gathered.truncated, tuple(gathered.notes))


def _attach(part: EmailMessage, number: int, depth: int, read_part: Reader, gathered: _Gathered) -> None:
    name = _filename(part) or f"attachment {number}"
    if depth >= gathered.limits.max_depth:
        gathered.notes.append(f"{name}: attachments of attachments are not followed that deep.")
        gathered.truncated = True
        return
    try:
        gathered.add(name, read_part(_payload(part), gathered.limits, depth + 1))
    except DocumentError as error:
        gathered.notes.append(f"{name}: {error}")


def _headers(message: Message, limits: Limits) -> list[str]:
    """The shown header fields, one a line, encoded words (RFC 2047) decoded.

    Not by the policy's own parser, which leaves a space where a long name was folded.
    """
    raw = {name.lower(): value for name, value in reversed(list(message.raw_items()))}
    fields = ((name, str(raw.get(name.lower(), ""))) for name in _SHOWN)
    return [f"{name}: {' '.join(_header(value, limits).split())}" for name, value in fields if value.strip()]


def _header(value: str, limits: Limits) -> str:
    if not value.isascii():  # bytes that the sender did not encode
        data = value.encode("utf-8", "surrogateescape")
        return plain.text(data, limits)[0] if plain.is_text(data) else value
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError, HeaderParseError):
        return value  # an unknown character set or broken base64: as it was sent


def _leaves(message: Message) -> Iterator[EmailMessage]:
    """The parts that hold content, in order; a forwarded message is one part."""
    stack = [message]
    for _ in range(_PARTS_AT_MOST):
        if not stack:
            return
        part = stack.pop()
        children = part.get_payload()
        if part.get_content_maintype() != "message" and isinstance(children, list):
            stack.extend(child for child in reversed(children) if isinstance(child, Message))
        elif isinstance(part, EmailMessage):
            yield part


def _split(leaves: list[EmailMessage], limits: Limits) -> tuple[str, list[EmailMessage]]:
    """The body's text and the attachments."""
    texts: dict[str, list[str]] = {"plain": [], "html": []}
    attached = []
    for part in leaves:
        subtype = part.get_content_subtype()
        is_body = part.get_content_maintype() == "text" and subtype in texts
        if is_body and not _filename(part) and part.get_content_disposition() != "attachment":
            texts[subtype].append(_text(part, limits))
        elif not _is_logo(part):
            attached.append(part)
    body = "\n\n".join(texts["plain"])
    if not body.strip():
        body = "\n\n".join(text_of(html) for html in texts["html"])
    return body.strip(), attached


def _text(part: EmailMessage, limits: Limits) -> str:
    """A text part in its stated encoding, or in the one it is in where none or a wrong one is stated."""
    payload = _payload(part)[: 4 * limits.max_chars]
    charset = part.get_content_charset()
    if charset not in (None, "us-ascii", "ascii"):
        try:
            return payload.decode(charset)
        except (LookupError, UnicodeDecodeError):
            pass  # the label lies: tell the encoding from the bytes, below
    return plain.text(payload, limits)[0] if plain.is_text(payload) else payload.decode("latin-1")


def _payload(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        return content
    forwarded = part.get_payload()
    return forwarded[0].as_bytes() if isinstance(forwarded, list) and forwarded else b""  # type: ignore[union-attr]


def _filename(part: EmailMessage) -> str | None:
    name = part.get_filename()
    return tidy(_SPACE.sub(" ", name).strip())[:200] if name else None


def _is_logo(part: EmailMessage) -> bool:
    """A small picture shown within the HTML body."""
    inline = part.get("Content-ID") is not None and part.get_content_maintype() == "image"
    return inline and len(_payload(part)) < _LOGO_BYTES
