"""Learn the text models from the corpus: language, letters to restore, known words.

The corpus has few papers in Cyrillic and without letters, so marked Azerbaijani is also learned as it
would look in those spellings, whole and in short snippets.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from training.corpus import CORPUS_DIR, Paper, Statement, read_lines
from triage.text.casing import az_upper
from triage.text.language import VARIETIES, LanguageModel, Variety, sentence_ngrams, sentences
from triage.text.lexicon import Lexicon
from triage.text.normalise import normalise
from triage.text.reading import TextModels
from triage.text.restore import OPTIONS, Keyboard, LetterRestorer, context, skeleton

LANGUAGE_BITS = 17
RESTORE_BITS = 18
_MARKED_LETTERS = frozenset("əığşçöüƏİĞŞÇÖÜ")
_MARKED_SHARE = 0.05
"""Marked Azerbaijani has at least this share of its own letters; a careful writer has about 0.2."""

_CYRILLIC = str.maketrans(
    "abvqğdeəjziıykglmnoöprstuüfxhçcşABVQĞDEƏJZİIYKGLMNOÖPRSTUÜFXHÇCŞ",
    "абвгғдеәжзиыјкҝлмноөпрстуүфхһчҹшАБВГҒДЕӘЖЗИЫЈКҜЛМНОӨПРСТУҮФХҺЧҸШ",
)
_RUSSIAN_KEYBOARD = str.maketrans("әғҝһөүҹјӘҒҜҺӨҮҸЈ", "еггхоучйЕГГХОУЧЙ")
_UNMARKED = str.maketrans("əığşçöüƏİĞŞÇÖÜ", "eigscouEIGSCOU")
_DIGRAPHS = {"ş": "sh", "ç": "ch", "Ş": "Sh", "Ç": "Ch"}


@dataclass(frozen=True, slots=True)
class OtherText:
    """A short text in a language that the service does not read."""

    id: str
    language: str
    script: str
    text: str


def load_others(folder: Path = CORPUS_DIR) -> list[OtherText]:
    """The texts of `other_languages.jsonl`."""
    return [OtherText(**row) for row in read_lines(folder / "other_languages.jsonl")]


def train_text_models(
    papers: Sequence[Paper], statements: Sequence[Statement], others: Sequence[OtherText], seed: int
) -> TextModels:
    """The three models from these texts; the same texts and seed give the same arrays."""
    texts = _by_variety([*papers, *statements], others)
    lexicon = Lexicon.learn([text for name in VARIETIES if name != "other" for text in texts[name]])
    marked = texts["az"]
    restorer = LetterRestorer(train_letters(marked, "latin"), train_letters(marked, "russian"))
    return TextModels(train_language(texts, seed), restorer, lexicon)


def variety_of(paper: Paper | Statement, text: str) -> Variety:
    """Which variety the paper's label and letters say that it is."""
    if paper.language == "az":
        if paper.script == "cyrillic":
            return "az_cyrillic"
        letters = sum(char.isalpha() for char in text)
        marked = sum(char in _MARKED_LETTERS for char in text)
        return "az" if marked >= _MARKED_SHARE * letters else "az_unmarked"
    return next((name for name in VARIETIES if name == paper.language), "other")


def _by_variety(
    labelled: Sequence[Paper | Statement], others: Sequence[OtherText]
) -> dict[Variety, list[str]]:
    texts: dict[Variety, list[str]] = {name: [] for name in VARIETIES}
    for paper in labelled:
        if getattr(paper, "script", "") != "other":
            text = normalise(paper.text).text
            texts[variety_of(paper, text)].append(text)
    texts["other"] += [normalise(other.text).text for other in others]
    return texts


def train_letters(marked: Sequence[str], keyboard: Keyboard) -> NDArray[np.float32]:
    """Weights of shape (2**RESTORE_BITS, 2) that tell which letter a typed one stands for."""
    rows, answers = [], []
    options = OPTIONS[keyboard]
    for text in marked:
        bare = skeleton(text, keyboard)
        places, features = context(bare, keyboard, RESTORE_BITS)
        full = text.replace("İ", "i").replace("I", "ı").lower()
        rows.append(features)
        answers += [options[bare[place]].find(full[place]) for place in places.tolist()]
    features, target = np.concatenate(rows), np.array(answers)
    features, target = features[target >= 0], target[target >= 0]
    matrix = _rows(features, 1 << RESTORE_BITS)
    weights = np.zeros((1 << RESTORE_BITS, 2), dtype=np.float32)
    for option in range(1, max(len(letters) for letters in options.values())):
        model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=60)
        model.fit(matrix, target == option)
        weights[:, option - 1] = model.coef_[0]
    return weights


def _rows(features: NDArray[np.int64], width: int) -> csr_matrix:
    count, each = features.shape
    data = np.ones(features.size, dtype=np.float32)
    return csr_matrix((data, features.ravel(), np.arange(0, features.size + 1, each)), shape=(count, width))


def train_language(texts: dict[Variety, list[str]], seed: int) -> LanguageModel:
    """A logistic regression over sentences and snippets of every variety."""
    samples = language_samples(texts, random.Random(seed))  # noqa: S311 (no secret depends on it)
    rows, columns, values, target, weight = [], [], [], [], []
    share = {name: sum(1 for n, _ in samples if n == name) for name in VARIETIES}
    for number, (name, text) in enumerate(samples):
        index, _ = sentence_ngrams(text, [(0, len(text))], LANGUAGE_BITS)
        places, counts = np.unique(index, return_counts=True)
        rows.append(np.full(len(places), number))
        columns.append(places)
        values.append(counts / np.sqrt(len(index)))
        target.append(VARIETIES.index(name))
        weight.append(len(samples) / len(VARIETIES) / share[name])
    matrix = csr_matrix(
        (np.concatenate(values).astype(np.float32), (np.concatenate(rows), np.concatenate(columns))),
        shape=(len(samples), 1 << LANGUAGE_BITS),
    )
    model = LogisticRegression(C=30.0, max_iter=100)
    model.fit(matrix, np.array(target), sample_weight=np.array(weight))
    weights = np.ascontiguousarray(model.coef_.T.astype(np.float32))
    return LanguageModel(weights, model.intercept_.astype(np.float32))


def language_samples(texts: dict[Variety, list[str]], rng: random.Random) -> list[tuple[Variety, str]]:
    """Sentences and snippets by variety; marked Azerbaijani also in its other spellings."""
    samples: list[tuple[Variety, str]] = []
    for name in VARIETIES:
        for text in texts[name]:
            for piece in _pieces(text, rng):
                samples.append((name, piece))
                if name == "az":
                    samples.append(("az_unmarked", unmark(piece, rng)))
                    samples.append(("az_cyrillic", to_cyrillic(piece, rng)))
    return [(name, text) for name, text in samples if any(char.isalpha() for char in text)]


def _pieces(text: str, rng: random.Random) -> list[str]:
    """The text's sentences, and a few words out of some of them."""
    found = [text[start:end] for start, end in sentences(text)]
    short = []
    for sentence in found:
        words = sentence.split()
        size = rng.randint(1, 5)
        start = rng.randrange(max(1, len(words) - size + 1))
        short.append(" ".join(words[start : start + size]))
    return found + short


def unmark(text: str, rng: random.Random) -> str:
    """Marked Azerbaijani as typed without its letters, sometimes with sh and ch, sometimes in capitals."""
    habit = rng.random()
    if habit < 0.1:
        text = "".join(_DIGRAPHS.get(char, char) for char in text)
    elif habit < 0.15:
        text = az_upper(text)
    elif habit < 0.25:
        return text.replace("ə", "e").replace("Ə", "E")
    return text.translate(_UNMARKED)


def to_cyrillic(text: str, rng: random.Random) -> str:
    """Marked Azerbaijani in Cyrillic, one time in four as a Russian keyboard leaves it."""
    cyrillic = text.translate(_CYRILLIC)
    return cyrillic.translate(_RUSSIAN_KEYBOARD) if rng.random() < 0.25 else cyrillic
