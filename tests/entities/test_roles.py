"""Roles follow the paper, not the name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.corpus import parse_marked
from training.role_model import RoleConfig, train_roles
from triage.entities.mentions import same_names
from triage.entities.roles import RoleModel
from triage.entities.scene import Mention, Scene, names_of
from triage.errors import BundleMissingError, BundleVersionError
from triage.token_heads import ROLES

CONFIG = RoleConfig(bits=12, min_count=1, c=10.0, none_cost=0.0, states=1.0)


def _scene(marked: str) -> tuple[Scene, list[str]]:
    """A scene whose words are parted by blanks, and the role of each mention."""
    text, entities = parse_marked(marked)
    words: list[str] = []
    lines: list[int] = []
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    cursor = 0
    for number, line in enumerate(text.split("\n")):
        for word in line.split():
            at = text.index(word, cursor)
            cursor = at + len(word)
            starts[at], ends[cursor] = len(words), len(words) + 1
            words.append(word.lower())
            lines.append(number)
    mentions = [Mention(e.label, starts[e.start], ends[e.end]) for e in entities]
    return Scene(words, lines, mentions, [""] * len(words)), [e.role or "none" for e in entities]


def _roles(model: RoleModel, scene: Scene, told: dict[int, str] | None = None) -> list[str | None]:
    """The roles of a scene of which the encoder says nothing but what is `told` of single mentions."""
    of_states = np.zeros((len(scene.mentions), len(ROLES)), dtype=np.float32)
    for mention, role in (told or {}).items():
        of_states[mention] = [0.0 if known == role else -20.0 for known in ROLES]
    return model.roles(scene, list(of_states))


COMPLAINT = _scene(
    "⟦PERSON.applicant|Rauf Əliyev⟧ tərəfindən\nmüstəntiq ⟦PERSON.complained_of|Zaur Quliyev⟧ işə baxmır"
)
OTHER = _scene(
    "⟦PERSON.applicant|Zaur Quliyev⟧ tərəfindən\nmüstəntiq ⟦PERSON.complained_of|Rauf Əliyev⟧ işə baxmır"
)
RECORD = _scene("protokol tərtib edən\n⟦PERSON|Rauf Əliyev⟧ imza")


@pytest.fixture(scope="module")
def model() -> RoleModel:
    return train_roles([COMPLAINT, OTHER, RECORD] * 3, CONFIG, seed=1)


@pytest.mark.parametrize("example", [COMPLAINT, OTHER, RECORD])
def test_the_same_name_has_different_roles_in_different_papers(
    model: RoleModel, example: tuple[Scene, list[str]]
) -> None:
    scene, roles = example
    assert [role or "none" for role in _roles(model, scene)] == roles


@pytest.mark.parametrize(
    ("surfaces", "labels", "numbers"),
    [
        (["Kərimbəyli Oruc Həmid oğlu", "O. Kərimbəyli", "Kərimbəylinin"], "PPP", [0, 0, 0]),
        (["Rauf Əliyev", "Nərgiz Əliyeva"], "PP", [0, 1]),
        (["Bakı Şəhər Məhkəməsi", "Gəncə Şəhər Məhkəməsi", "Bakı Şəhər Məhkəməsinin"], "OOO", [0, 1, 0]),
        (["Xəzər", "Xəzər"], "PO", [0, 1]),
    ],
)
def test_mentions_of_one_name(surfaces: list[str], labels: str, numbers: list[int]) -> None:
    kinds = {"P": "PERSON", "O": "ORG"}
    assert same_names([surface.split() for surface in surfaces], [kinds[x] for x in labels]) == numbers


def test_mentions_of_one_name_share_its_role(model: RoleModel) -> None:
    scene, _ = _scene("⟦PERSON|Rauf Əliyev⟧ tərəfindən\nmən ⟦PERSON|Rauf⟧ yazıram ⟦PERSON|Əliyev⟧")
    assert names_of(scene) == [[0, 1, 2]]
    assert len(set(_roles(model, scene))) == 1


def test_what_the_encoder_is_sure_of_at_one_mention_holds_for_the_name(model: RoleModel) -> None:
    scene, _ = _scene("⟦PERSON|Rauf Əliyev⟧ tərəfindən\nmən ⟦PERSON|Rauf⟧ yazıram ⟦PERSON|Əliyev⟧")
    assert _roles(model, scene, {1: "complained_of"}) == ["complained_of"] * 3


def test_a_text_without_names_has_no_roles(model: RoleModel) -> None:
    assert _roles(model, Scene([], [], [], [])) == []


def test_a_model_is_read_as_it_was_written(model: RoleModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    loaded = RoleModel.load(tmp_path)
    assert np.array_equal(loaded.weights, model.weights)
    assert np.array_equal(loaded.bias, model.bias)
    assert loaded.states == model.states


def test_a_model_for_other_roles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleMissingError):
        RoleModel.load(tmp_path)
    np.savez(tmp_path / "roles.npz", roles=np.array(ROLES[::-1]))
    with pytest.raises(BundleVersionError, match="other roles"):
        RoleModel.load(tmp_path)


def test_a_blank_model_gives_no_role() -> None:
    assert _roles(RoleModel.blank(), COMPLAINT[0]) == [None, None]
