r"""Which pieces of a unigram vocabulary Azerbaijani, Russian, Turkish and English need.

    python -m training.vocabulary --config training/config/encoder.toml \
        --tessdata /usr/share/tesseract-ocr/5/tessdata

writes the list that the configuration names. A piece is kept where all its characters belong to the four
languages' alphabets, digits or punctuation, and where it is a single character or without letters, or where
the uncut vocabulary uses it to spell a word of Tesseract's word lists (Apache-2.0; unpacked by Tesseract's
own `combine_tessdata` and `dawg2wordlist`), in small letters, capitals or after a quotation mark, or a text
of the training corpus. The list is kept in the repository, so that later corpora do not change the encoder.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from tokenizers import Tokenizer

from training.corpus import load_papers, load_statements
from training.encoder import load_source

ALPHABETS = {
    "az": "abcçdeəfgğhxıijkqlmnoöprsştuüvyz",
    "az-Cyrl": "абвгғдеәжзиыјкҝлмноөпрстуүфхһчҹш",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "tr": "abcçdefgğhıijklmnoöprsştuüvyzâîû",
    "en": "abcdefghijklmnopqrstuvwxyz",
}
_LISTS = {
    "aze": True,
    "aze_cyrl": False,
    "rus": False,
    "tur": True,
    "eng": False,
}  # True: i and ı are two letters
_WORD_START = "▁"
_FIRST_FOREIGN = "\u2e80"  # where Unicode's East Asian blocks begin


def is_written_in(piece: str, letters: frozenset[str]) -> bool:
    """Whether `piece` has only characters of `letters`, and digits, marks and signs used beside them."""
    return all(
        c == _WORD_START or c in letters or (c < _FIRST_FOREIGN and unicodedata.category(c)[0] in "NPS")
        for c in piece
    )


def letters_of(alphabets: Iterable[str]) -> frozenset[str]:
    """Small and capital letters of the alphabets, the dotted and the dotless I among them."""
    small = frozenset("".join(alphabets))
    return small | {c.upper() for c in small} | {"İ"}


def forms(word: str, dotted: bool) -> Iterator[str]:
    """The ways a word is written: as it is, with a capital, in capitals, after a quotation mark."""
    upper = (word.replace("i", "İ") if dotted else word).upper()
    yield from (word, upper[:1] + word[1:], upper, f'"{word}')


def needed(tokenizer: Tokenizer, texts: Iterable[str]) -> list[str]:
    """The pieces kept, in the order of their ids; `texts` are what the vocabulary must spell well."""
    used = {id_ for encoding in tokenizer.encode_batch(list(texts)) for id_ in encoding.ids}
    letters = letters_of(ALPHABETS.values())
    pieces = sorted(tokenizer.get_vocab(with_added_tokens=False).items(), key=lambda item: item[1])
    return [
        piece
        for piece, id_ in pieces
        if is_written_in(piece, letters)
        and (id_ in used or len(piece.strip(_WORD_START)) <= 1 or not any(map(str.isalpha, piece)))
    ]


def word_list(tessdata: Path, language: str) -> list[str]:
    """Tesseract's word list of a language; raises `subprocess.CalledProcessError` where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        base, words = Path(folder) / language, Path(folder) / "words"
        packed = tessdata / f"{language}.traineddata"
        subprocess.run(["combine_tessdata", "-u", str(packed), f"{base}."], check=True, capture_output=True)
        dawg = [f"{base}.lstm-unicharset", f"{base}.lstm-word-dawg", str(words)]
        subprocess.run(["dawg2wordlist", *dawg], check=True, capture_output=True)
        return words.read_text(encoding="utf-8").split()


def main() -> None:
    """The command line described above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--tessdata", type=Path, required=True)
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text(encoding="utf-8"))
    texts = [paper.text for paper in load_papers()] + [statement.text for statement in load_statements()]
    for language, dotted in _LISTS.items():
        texts += [form for word in word_list(options.tessdata, language) for form in forms(word, dotted)]
    kept = needed(load_source(config).tokenizer, texts)
    (options.config.parent / config["pieces"]).write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
