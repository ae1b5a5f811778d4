"""Letter case and the ASCII-like skeleton of Azerbaijani text.

Azerbaijani pairs İ with i and I with ı (Unicode `SpecialCasing.txt`, locale az); Python's own `lower` and
`upper` know only the locale-free pairs.
"""

from __future__ import annotations

_AZ_LOWER = str.maketrans("Iİ", "ıi")
_AZ_UPPER = str.maketrans("ıi", "Iİ")

_LETTERS = str.maketrans(
    "əƏıİIöÖüÜşŞșȘçÇğĞёЁǝƎәӘ",
    "eeiiioouussssccggееeeәә",
)
_PUNCTUATION = {
    **dict.fromkeys(map(ord, "‘’‚‛′ʻʼ`´ʹˈ"), "'"),
    **dict.fromkeys(map(ord, "“”„‟«»″〝〞"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－"), "-"),
}
_SPACES = {code: " " for code in range(0x3001) if chr(code).isspace() and chr(code) != "\n"}
_FOLD = _LETTERS | _PUNCTUATION | _SPACES


def az_lower(text: str) -> str:
    """Lower case by Azerbaijani rules: İ→i, I→ı. The length is kept."""
    return text.translate(_AZ_LOWER).lower()


def az_upper(text: str) -> str:
    """Upper case by Azerbaijani rules: i→İ, ı→I."""
    return text.translate(_AZ_UPPER).upper()


def fold(text: str) -> str:
    """The comparable skeleton of `text`, code point for code point: `len(fold(t)) == len(t)`.

    Lower case; the letters that Azerbaijani adds to ASCII become their ASCII look-alikes (ə→e, ı→i, ö→o,
    ü→u, ş→s, ç→c, ğ→g), ё becomes е, typographic quotes and dashes become ASCII, every space but the line
    feed becomes a plain space. Cyrillic letters stay Cyrillic.
    """
    # U+0130 (İ) is the one code point whose lower case is longer than one; the table takes it first.
    return text.translate(_FOLD).lower()


def slug(name: str) -> str:
    """The identifier of a place: lower case, without marks, spaces to hyphens (`Ağdərə` → `agdere`)."""
    return "-".join(fold(name).split())
