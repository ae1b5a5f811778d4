"""Words for the entity pipeline: Azerbaijani endings, ordinals, dates and initials are split where spans end.

By the labelling rules an ending that follows an apostrophe or a hyphen stays outside the entity (`DSX`-nin)
and quotation marks and `№` stand outside too, so each of these is a token of its own, while an ordinal
(`178.2.4-cü`) and a date (`14.01.2025`) are one token. One regular expression with possessive repeats does it
in a single pass: spaCy's own tokenizer strips punctuation from a word one sign at a time, which takes
quadratic time on a megabyte of brackets.
"""

from __future__ import annotations

import re

from spacy.tokens import Doc
from spacy.vocab import Vocab

_ORDINAL = r"[-‐‑–](?:c[iıuü]|й|го|му|м|я|ю|е|ой|ая|ую|ое|ого|ому|ом|х|ми|ти)(?![^\W_])"
_TOKEN = re.compile(
    rf"""
      \d++ (?:[.,:/]\d++)*+ (?: {_ORDINAL} | [^\W_]*+ )             # 14.01.2025  178.2.4-cü  12a
    | (?<![^\W_]) [A-ZÇƏĞİÖŞÜÂÎÛА-ЯЁ] \. (?=\s?[^\W\d_])            # the initials of Ə.M.Həsənov
    | (?<=[^\W_]) [-‐‑–'’ʼ`´] [^\W\d_A-ZÇƏĞİÖŞÜА-ЯЁ]{{1,6}} (?![^\W_])  # -nin, 'un: an ending
    | [^\W_] (?: [^\W_] | [\u0300-\u036f] )*+                       # a word
    | \ ++ | \s                                                     # a gap between words
    | .                                                             # any other sign stands alone
    """,
    re.VERBOSE | re.DOTALL,
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")


class Tokenizer:
    """Splits a text into a spaCy `Doc` whose text has the same length as the text given.

    Lone surrogates, which spaCy's string store cannot hold, become U+FFFD; nothing else is changed, so a
    token's `idx` is its offset in the text given. Time and memory are linear in the text's length. Each text
    has a vocabulary of its own, so that a long-lived service keeps no word of what it read.
    """

    def __call__(self, text: str) -> Doc:
        """The words of `text`; a single blank after a word is its `whitespace_`, other gaps are tokens."""
        words: list[str] = []
        spaces: list[bool] = []
        for piece in _TOKEN.findall(_SURROGATES.sub("\ufffd", text)):
            if piece == " " and words and not spaces[-1] and not words[-1].isspace():
                spaces[-1] = True
            else:
                words.append(piece)
                spaces.append(False)
        return Doc(Vocab(), words=words, spaces=spaces)

    def to_bytes(self, **_: object) -> bytes:
        """Nothing to save: the rules are code."""
        return b""

    def from_bytes(self, _: bytes, **__: object) -> Tokenizer:
        """Nothing to load: the rules are code."""
        return self

    def to_disk(self, *_: object, **__: object) -> None:
        """Nothing to save: the rules are code."""

    def from_disk(self, *_: object, **__: object) -> Tokenizer:
        """Nothing to load: the rules are code."""
        return self
