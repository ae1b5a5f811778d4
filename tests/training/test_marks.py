"""What a mark may begin and end with."""

from __future__ import annotations

import pytest

from training.marks import mark_fault
from triage.types import Entity


def fault(label: str, surface: str, role: str | None = None) -> str | None:
    found = mark_fault(Entity(label, 0, len(surface), surface, role))
    return found and found[1]


@pytest.mark.parametrize(
    ("label", "surface"),
    [
        ("PERSON", "Р. Т. Алиев"),
        ("PERSON", "Əliyev R."),
        ("ORG", "Nakış Ltd. Şti."),
        ("ORG", "ООО «Ала Фазан"),
        ("LOC", "Bakıda"),
        ("DATE", "14 yanvar 2025-ci ildə"),
        ("DATE", "2024 г."),
        ("CARD", "**** 8816"),
        ("PHONE", "(012) 555 12 12"),
        ("LEGAL_REF", "ст. 311.1 УК"),
    ],
)
def test_a_right_mark(label: str, surface: str) -> None:
    assert fault(label, surface) is None


@pytest.mark.parametrize(
    ("label", "surface", "remedy"),
    [
        ("LOC", " Quba", "move the border inwards"),
        ("LOC", "Quba,", "move the border inwards"),
        ("ORG", "«Araz» MMC", "move the border inwards"),
        ("ORG", "ООО «Ала Фазан»", "move the border inwards"),
        ("CASE_NO", "№ 7", "move the border inwards"),
        ("PERSON", "Rəşid Quliyev.", "move the border inwards"),
        ("PERSON", "**** 8816", "move the border inwards"),
        ("ORG", "DSX-nin", "end the mark before the hyphen or apostrophe"),
        ("LOC", "Bakü'de", "end the mark before the hyphen or apostrophe"),
        ("LOC", "  ", "remove the mark"),
    ],
)
def test_a_wrong_mark(label: str, surface: str, remedy: str) -> None:
    assert fault(label, surface) == remedy


def test_only_people_and_bodies_have_roles() -> None:
    assert fault("ORG", "DSX", "applicant") is None
    assert fault("LOC", "Quba", "applicant") == "only PERSON and ORG have roles: remove it"
