"""Text brought to one comparable form with exact offsets back, its language, script and spelling."""

from triage.text.casing import az_lower, az_upper, fold, slug
from triage.text.cyrillic import az_from_cyrillic
from triage.text.language import LanguageGuess, LanguageModel
from triage.text.lexicon import Lexicon
from triage.text.normalise import normalise
from triage.text.reading import Reading, TextModels
from triage.text.restore import LetterRestorer
from triage.text.spans import Mapped

__all__ = [
    "LanguageGuess",
    "LanguageModel",
    "LetterRestorer",
    "Lexicon",
    "Mapped",
    "Reading",
    "TextModels",
    "az_from_cyrillic",
    "az_lower",
    "az_upper",
    "fold",
    "normalise",
    "slug",
]
