"""Plain text: which encoding it is in, and its characters.

Unicode is told by its mark or its structure. Among the 8-bit code pages the decoding that reads most
like Russian, Azerbaijani or Turkish wins: frequent letters, no words of mixed script, no capitals
after small letters. Texts typed in the Azerbaijani fonts of the 1990s, which put ə at the place of
another letter, cannot be told from text and are read as the code page that they claim to be.
"""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter

from triage.documents.content import Content, tidy
from triage.documents.limits import Limits
from triage.errors import UnsupportedFormatError
from triage.types import Page

_SAMPLE = 65_536  # bytes that an encoding is told from
_BOMS: tuple[tuple[bytes, str], ...] = (  # the longer first: UTF-32-LE begins with the mark of UTF-16-LE
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_CODE_PAGES = ("cp1251", "cp1254", "koi8-r", "cp866")  # of equals the first wins

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b")) + b"\x7f"
_CONTROLS_AT_MOST = 0.01
_BROKEN_AT_MOST = 0.05  # share of damaged sequences at which a text still counts as UTF-8
_PLAUSIBLE_AT_LEAST = 0.9
_WORST_SCORE = -5.5  # natural text scores -4 or better, bytes at random below -6

# Non-ASCII letters by falling frequency: of Russian, then of Azerbaijani and Turkish in Latin.
_LETTERS = ("оаеитнрслвдпкмузягьбычйжшхюцэщфёъ", "ıüşğçöİâî")
_MARKS = "«»“”„‘’–—…№•·§°\u00a0\u00ad€₼"
_PAIRS = re.compile(  # the most frequent of Russian, without regard to case: they tell KOI8-R from cp1251
    "ст|но|то|на|ен|ов|ни|ра|во|ко|ро|пр|ре|по|ли|ер|ос|ль|ет|ан|ти|ор|ол|ел|ал|та|ка|де|ва", re.IGNORECASE
)
_STRANGE = -9.0
_MIXED = re.compile(r"[A-Za-zıüşğçöİŞÜÖÇĞ][Ѐ-ӿ]|[Ѐ-ӿ][A-Za-zıüşğçöİŞÜÖÇĞ]")
_CASE_SLIP = re.compile(r"[a-zа-яё][А-ЯЁ]")


def _weights() -> dict[str, float]:
    weights = dict.fromkeys(_MARKS, -4.0)
    for letters in _LETTERS:
        for rank, letter in enumerate(letters):
            weights[letter] = -math.log(rank + 2)  # Zipf's law serves well enough
            weights.setdefault(letter.upper(), weights[letter] - 0.5)
    return weights


_WEIGHT = _weights()


def is_text(head: bytes) -> bool:
    """Whether the beginning of a file is text in an encoding that can be read."""
    return detect(head) is not None


def read(data: bytes, limits: Limits) -> Content:
    """The text, line ends as `\\n`; a form feed begins a new page.

    Of `data` no more is decoded than `limits.max_chars` needs. Raises `UnsupportedFormatError` for
    bytes that are no text.
    """
    whole, notes = text(data, limits)
    found = pages_of(whole)
    cut = len(found) > limits.max_pages
    if cut:
        notes = (*notes, f"Of {len(found)} pages the first {limits.max_pages} were read.")
    pages = tuple(Page(number, page) for number, page in enumerate(found[: limits.max_pages], 1))
    return Content(pages, cut, notes)


def pages_of(text: str) -> list[str]:
    """The pages of a text, at least one. A form feed with nothing behind it ends the last page and begins none."""
    pages = text.split("\f")
    if len(pages) > 1 and not pages[-1].strip():
        pages.pop()
    return pages


def text(data: bytes, limits: Limits) -> tuple[str, tuple[str, ...]]:
    """The characters of `data` as `read` decodes them, its form feeds as they are, and what is to be noted."""
    data = data[: 4 * limits.max_chars + 4]  # no encoding spends more than four bytes on a code point
    encoding = detect(data)
    if encoding is None:
        raise UnsupportedFormatError("The file holds binary data, not text.")
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    found = tidy(decoder.decode(data))  # not final: a sequence that the cut divides is left out
    damaged = encoding == "utf-8" and "\ufffd" in found
    return found, ("Some characters of the text are damaged.",) if damaged else ()


def detect(data: bytes) -> str | None:
    """Python's name of the encoding of `data`, None where it is no text.

    One of utf-8-sig, utf-8, utf-16, utf-32 (with mark), utf-16-le, -be, utf-32-le, -be (without),
    cp1251, cp1254, koi8-r, cp866.
    """
    sample = data[:_SAMPLE]
    for mark, encoding in _BOMS:
        if sample.startswith(mark):
            return encoding if _plausible(sample, encoding) else None
    if b"\0" in sample and (wide := _wide(sample)) is not None:
        return wide
    if len(sample) - len(sample.translate(None, _CONTROLS)) > _CONTROLS_AT_MOST * len(sample):
        return None
    return "utf-8" if _is_utf8(data) else _code_page(data)


def _decoded(sample: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)


def _plausible(sample: bytes, encoding: str) -> bool:
    """Whether nearly all code points are printable or white space (an empty text passes)."""
    text = _decoded(sample, encoding)
    good = sum(c.isprintable() or c.isspace() for c in text if c != "\ufffd")
    return good >= _PLAUSIBLE_AT_LEAST * len(text)


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the reading with most letters of the scripts in use here."""

    def familiar(encoding: str) -> float:
        text = _decoded(sample, encoding)
        known = sum("\t" <= c < "\u1100" or "\u2000" <= c < "\u2122" for c in text)
        return known / (len(text) or 1)

    best = max(_WIDE, key=familiar)
    return best if familiar(best) >= _PLAUSIBLE_AT_LEAST else None


def _is_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8, up to a few damaged sequences in a text that has many sound ones."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        text = data[:_SAMPLE].decode("utf-8", "replace")
        broken = text.count("\ufffd")
        return 0 < broken <= _BROKEN_AT_MOST * sum(c > "\x7f" for c in text)
    return True


def _code_page(data: bytes) -> str | None:
    first = next(re.finditer(rb"[\x80-\xff]", data)).start()  # there is one: it is no UTF-8, hence no ASCII
    sample = data[max(0, first - 100) : first + _SAMPLE]
    scores = {encoding: _score(sample.decode(encoding, "replace")) for encoding in _CODE_PAGES}
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] > _WORST_SCORE else None


def _score(text: str) -> float:
    """Mean weight of the non-ASCII characters and frequent pairs, less mixed words and slips of case."""
    counts = Counter(c for c in text if c > "\x7f")
    weight = sum(n * _WEIGHT.get(c, _STRANGE) for c, n in counts.items())
    pairs = len(_PAIRS.findall(text))
    slips = len(_MIXED.findall(text)) + len(_CASE_SLIP.findall(text))
    return (weight + 1.5 * pairs - 5.0 * slips) / (counts.total() or 1)
