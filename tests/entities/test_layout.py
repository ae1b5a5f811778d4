"""Where names stand in a paper."""

from __future__ import annotations

from triage.entities.layout import Place, layout_of
from triage.entities.scene import Mention, Scene, names_of

LINES = ["kime prokurorluq", "erize", "", "menim erim veli meni doyur", "yoxlayin", "x", "y", "leyla eliyeva"]
WORDS = [(word, number) for number, line in enumerate(LINES) for word in line.split()]
SCENE = Scene(
    [word for word, _ in WORDS],
    [line for _, line in WORDS],
    [Mention("ORG", 1, 2), Mention("PERSON", 5, 6), Mention("PERSON", len(WORDS) - 2, len(WORDS))],
    [""] * len(WORDS),
)
LAYOUT = layout_of(SCENE, names_of(SCENE))


def test_places_of_mentions() -> None:
    assert LAYOUT.places == [
        Place("first", "short", "$"),
        Place("head", "short", "."),
        Place("last", "alone", "^"),
    ]


def test_order_of_names() -> None:
    assert LAYOUT.ranks == [0, 0, 1]
    assert LAYOUT.orders == [(0, 0), (0, 1), (1, 0)]
    assert LAYOUT.names == {"ORG": 1, "PERSON": 2}
    assert LAYOUT.first_label == "ORG"


def test_other_names_in_head_and_foot() -> None:
    body, signer = names_of(SCENE)[1:]
    assert LAYOUT.others_sign(body)
    assert not LAYOUT.others_sign(signer)
    assert LAYOUT.others_open(signer)
    assert not LAYOUT.others_open(body)


def test_an_empty_scene() -> None:
    assert layout_of(Scene([], [], [], []), []).places == []
