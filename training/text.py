"""Learn the text models from the corpus: language, letters to restore, known words.

The corpus has few papers in Cyrillic and without letters, so marked Azerbaijani is also learned as it
would look in those spellings, whole and in short snippets.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier

from training.corpus import CORPUS_DIR, Paper, Statement, read_lines
from triage.text.casing import az_upper
from triage.text.cyrillic import az_from_cyrillic
from triage.text.language import (
    VARIETIES,
    LanguageModel,
    Variety,
    sentence_ngrams,
    sentences,
)
from triage.text.lexicon import Lexicon
from triage.text.normalise import normalise
from triage.text.reading import TextModels
from triage.text.restore import (
    CONTEXT_FEATURES,
    OPTIONS,
    Context,
    Keyboard,
    LetterRestorer,
    code_points,
    skeleton,
)

LANGUAGE_BITS = 17
RESTORE_BITS = 19
LARGEST_VARIETY = 6000  # samples of one variety
_MARKED_LETTERS = frozenset("əığşçöüƏİĞŞÇÖÜ")
_MARKED_SHARE = 0.05
"""Marked Azerbaijani has at least this share of its own letters; a careful writer has about 0.2."""

_CYRILLIC = str.maketrans(
    "abvqğdeəjziıykglmnoöprstuüfxhçcşABVQĞDEƏJZİIYKGLMNOÖPRSTUÜFXHÇCŞ",
    "абвгғдеәжзиыјкҝлмноөпрстуүфхһчҹшАБВГҒДЕӘЖЗИЫЈКҜЛМНОӨПРСТУҮФХҺЧҸШ",
)
_RUSSIAN_KEYBOARD = str.maketrans("әғҝһөүҹјӘҒҜҺӨҮҸЈ", "еггхоучйЕГГХОУЧЙ")
_UNMARKED = str.maketrans("əığşçöüƏİĞŞÇÖÜ", "eigscouEIGSCOU")
_AZ_CYRILLIC = re.compile("[әғҝһөү]")
_DIGRAPHS = {"ş": "sh", "ç": "ch", "Ş": "Sh", "Ç": "Ch"}


@dataclass(frozen=True, slots=True)
class OtherText:
    """A short plain text in some language; those that the service does not read become `other`."""

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
    marked = texts["az"] + [
        az_from_cyrillic(text).text for text in texts["az_cyrillic"] if _AZ_CYRILLIC.search(text)
    ]
    restorer = LetterRestorer(train_letters(marked, "latin", seed), train_letters(marked, "russian", seed))
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
    for other in others:
        variety: Variety = next((name for name in VARIETIES if name == other.language), "other")
        texts[variety].append(normalise(other.text).text)
    return texts


def train_letters(marked: Sequence[str], keyboard: Keyboard, seed: int) -> NDArray[np.float32]:
    """Weights of shape (options - 1, 2**RESTORE_BITS) that tell which letter a typed one stands for."""
    rows, answers = [], []
    options = OPTIONS[keyboard]
    for text in marked:
        bare, full = skeleton(text, keyboard), text.replace("İ", "i").replace("I", "ı").lower()
        context = Context(bare, keyboard, RESTORE_BITS)
        rows.append(np.concatenate([context.features, context.harmony(code_points(full))]).T)
        answers += [options[bare[place]].find(full[place]) for place in context.places.tolist()]
    features, target = np.concatenate(rows), np.array(answers)
    matrix = _harmony_matrix(features[target >= 0])
    weights = []
    for option in range(1, max(len(letters) for letters in options.values())):
        model = _classifier(alpha=3e-6, epochs=6, seed=seed)
        model.fit(matrix, target[target >= 0] == option)
        weights.append(model.coef_[0].astype(np.float32))
    return np.stack(weights)


def _classifier(alpha: float, epochs: int, seed: int) -> SGDClassifier:
    """Logistic regression by averaged stochastic gradient descent, in one thread: the same every time."""
    return SGDClassifier(
        loss="log_loss",
        alpha=alpha,
        max_iter=epochs,
        tol=None,
        average=True,
        fit_intercept=False,
        random_state=seed,
    )


def _harmony_matrix(features: NDArray[np.int64]) -> csr_matrix:
    """One row a letter. One in four does not see the vowel before it, as in the first round of restoring."""
    count, each = features.shape
    data = np.ones((count, each), dtype=np.float32)
    data[::4, CONTEXT_FEATURES:] = 0.0
    shape = (count, 1 << RESTORE_BITS)
    return csr_matrix((data.ravel(), features.ravel(), np.arange(0, data.size + 1, each)), shape=shape)


def train_language(texts: dict[Variety, list[str]], seed: int) -> LanguageModel:
    """A logistic regression over sentences and snippets of every variety."""
    rng = random.Random(seed)  # noqa: S311 (no secret depends on it)
    samples = language_samples(texts, rng)
    rng.shuffle(samples)
    rows: dict[Variety, list[str]] = {name: [] for name in VARIETIES}
    for name, text in samples:
        rows[name].append(text)
    kept = [(name, text) for name in VARIETIES for text in rows[name][:LARGEST_VARIETY]]
    target = np.array([VARIETIES.index(name) for name, _ in kept])
    # Between equal varieties and the corpus's own mix: a bare "Salam" is likelier Azerbaijani than Turkmen.
    weight = np.bincount(target, minlength=len(VARIETIES))[target] ** -0.5
    weight /= weight.mean()
    model = _classifier(alpha=1e-5, epochs=10, seed=seed)
    model.fit(_language_matrix([text for _, text in kept]), target, sample_weight=weight)
    return LanguageModel(np.ascontiguousarray(model.coef_.T.astype(np.float32)))


def _language_matrix(texts: Sequence[str]) -> csr_matrix:
    """Each text as `triage.text.language.sentence_scores` sees it; shape (texts, 2**LANGUAGE_BITS)."""
    ends = np.cumsum([len(text) + 1 for text in texts]).tolist()
    spans = list(zip([0, *ends], ends, strict=False))
    index, row = sentence_ngrams("\n".join(texts), spans, LANGUAGE_BITS)
    number = np.bincount(row, minlength=len(texts))
    values = (1.0 / np.sqrt(number[row])).astype(np.float32)
    return csr_matrix((values, (row, index)), shape=(len(texts), 1 << LANGUAGE_BITS))


def language_samples(texts: dict[Variety, list[str]], rng: random.Random) -> list[tuple[Variety, str]]:
    """Sentences and snippets by variety; marked Azerbaijani also in its other spellings."""
    samples: list[tuple[Variety, str]] = []
    for name in VARIETIES:
        for text in texts[name]:
            for piece in _pieces(text, rng):
                samples.append((name, piece))
                if name == "az":
                    samples.append(("az_unmarked", _typed_latin(piece, rng)))
                    samples.append(("az_cyrillic", _typed_cyrillic(piece, rng)))
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


def unmark(text: str) -> str:
    """Marked Azerbaijani as a keyboard without its letters leaves it."""
    return text.translate(_UNMARKED)


def to_cyrillic(text: str) -> str:
    """Marked Azerbaijani in the Cyrillic alphabet of 1958."""
    return text.translate(_CYRILLIC)


def _typed_latin(text: str, rng: random.Random) -> str:
    """Unmarked in one of the ways that people type: sh and ch, capitals, or all letters but ə."""
    habit = rng.random()
    if habit < 0.1:
        text = "".join(_DIGRAPHS.get(char, char) for char in text)
    elif habit < 0.15:
        text = az_upper(text)
    elif habit < 0.25:
        return text.replace("ə", "e").replace("Ə", "E")
    return unmark(text)


def _typed_cyrillic(text: str, rng: random.Random) -> str:
    """In Cyrillic, one time in four as a Russian keyboard leaves it."""
    cyrillic = to_cyrillic(text)
    return cyrillic.translate(_RUSSIAN_KEYBOARD) if rng.random() < 0.25 else cyrillic
