"""Words have classes in four languages; names have a case."""

from __future__ import annotations

import pytest

from triage.entities.features import skeleton
from triage.entities.role_cues import case_of, classes


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("oğlum", "child"), ("дочь", "child"), ("daughter", "child"), ("ərim", "spouse"), ("eşim", "spouse"),
        ("döyüb", "harm"), ("избил", "harm"), ("aldatdı", "cheat"), ("tərəfindən", "by"), ("жалоба", "contest"),
        ("müstəntiq", "official"), ("следователь", "official"), ("zərərçəkmiş", "victim"), ("мне", "me"),
    ],
)  # fmt: skip
def test_classes_of_words(word: str, expected: str) -> None:
    assert expected in classes(skeleton(word))


@pytest.mark.parametrize("word", ["", "kitab", "стол", "\ud800"])
def test_most_words_have_no_class(word: str) -> None:
    assert classes(skeleton(word)) == ()


@pytest.mark.parametrize(
    ("word", "case"),
    [
        ("Əliyevin", "gen"), ("Əliyevaya", "dat"), ("Əliyevdən", "abl"), ("Bakıda", "loc"), ("Əliyeva", "nom"),
        ("Quliyev", "nom"), ("Ali", "nom"), ("", "nom"),
    ],
)  # fmt: skip
def test_case_of_names(word: str, case: str) -> None:
    assert case_of(skeleton(word)) == case
