"""Guard against PDF streams that unpack to far more than they weigh, before PDFium sees them.

PDFium builds some 500 bytes of objects for a drawing operation of ten bytes, so page content must be
held to a few megabytes where a picture may well have a hundred.
"""

from __future__ import annotations

import re
import zlib

from triage.documents.limits import Limits
from triage.errors import TooLargeError

_STREAM = re.compile(rb"\bstream\r?\n")
_DICTIONARY = 2_048  # bytes before `stream` in which its dictionary is looked for
_FIRST_CHUNK = 4_096  # little, as most of what merely looks like a stream ends at once
_CHUNK = 1 << 20
_FONTS_AND_PICTURES = re.compile(
    rb"/Subtype\s*/Image|/Length1\b|/FontFile|/CIDFontType0C|/OpenType|/ICCBased"
)
_CONTENT_AT_MOST = 20_000_000
_STREAMS_AT_MOST = 100_000


def check_streams(data: bytes, limits: Limits) -> None:
    """Raise `TooLargeError` where a stream of the PDF unpacks beyond what is sane.

    Pictures and fonts may have `limits.max_unpacked` bytes, all else 20 MB, each stream by itself and the
    page contents of the whole file `limits.max_unpacked` together. Streams behind two filters or
    encrypted with an empty password are not seen through.
    """
    total = streams = position = 0
    while match := _STREAM.search(data, position):
        header = data[max(0, match.start() - _DICTIONARY) : match.start()].rpartition(b"obj")[2]
        large = _FONTS_AND_PICTURES.search(header) is not None
        allowed = limits.max_unpacked if large else min(_CONTENT_AT_MOST, limits.max_unpacked)
        if b"/Fl" in header:  # /FlateDecode or its short name
            size, position = _inflated(data, match.end(), allowed), match.end()
        else:
            end = data.find(b"endstream", match.end())
            position = end if end >= 0 else len(data)
            size = position - match.end()
        streams += 1
        total += 0 if large else size
        if size > allowed or total > limits.max_unpacked or streams > _STREAMS_AT_MOST:
            raise TooLargeError("The PDF unpacks to far more than its size; it is not read.")


def _inflated(data: bytes, start: int, allowed: int) -> int:
    """How many bytes the deflated stream at `start` holds; counting stops beyond `allowed`."""
    unpacker = zlib.decompressobj()
    size, rest = 0, data[start : start + _FIRST_CHUNK]
    position = start + len(rest)
    while rest and size <= allowed and not unpacker.eof:
        try:
            size += len(unpacker.decompress(rest, _CHUNK))
        except zlib.error:
            break  # damaged or not deflated after all: PDFium will read no more of it either
        rest = unpacker.unconsumed_tail
        if not rest:
            rest = data[position : position + _CHUNK]
            position += len(rest)
    return size
