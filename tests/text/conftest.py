"""Small text models, trained once on part of the corpus."""

from __future__ import annotations

import pytest

from training.corpus import load_papers, load_statements
from training.text import load_others, train_text_models
from triage.text import TextModels

HELD_OUT = ("N", "T", "U")
"""Author groups that the models of the tests have not seen."""


@pytest.fixture(scope="session")
def models() -> TextModels:
    """Models of the papers and statements of all author groups but `HELD_OUT`."""
    papers = [paper for paper in load_papers() if paper.group not in HELD_OUT]
    statements = [statement for statement in load_statements() if statement.group not in HELD_OUT]
    return train_text_models(papers, statements, load_others(), seed=7)
