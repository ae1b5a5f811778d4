"""The place of the facts is told from the writer's home and the office addressed."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest

from training.corpus import load_papers
from training.territory import Seen, choices, see, train
from triage.entities.gazetteer import Gazetteer
from triage.entities.territory import TerritoryModel
from triage.errors import BundleMissingError, BundleVersionError
from triage.registry import active
from triage.taxonomy import Taxonomy
from triage.text import TextModels
from triage.text.casing import fold
from triage.token_heads import TokenScores
from triage.types import Entity

ROOT = Path(__file__).parents[2]
GAZETTEER = Gazetteer.load(ROOT / "training" / "gazetteer")
UNREAD = TokenScores.none()
TAXONOMY = Taxonomy.parse((ROOT / "training/config/taxonomy.yaml").read_text(encoding="utf-8"))


@cache
def seen() -> list[Seen]:
    """The corpus as papers are that no encoder has read: the signs around the mentions decide."""
    papers = load_papers()
    models = TextModels.load(active(ROOT / "models")[0])
    return see(papers, [models.read(paper.text) for paper in papers], [UNREAD] * len(papers))


@cache
def model() -> TerritoryModel:
    both = (choices(seen(), GAZETTEER, TAXONOMY.units, marked=marked) for marked in (True, False))
    return train([choice for data in both for choice in data], TAXONOMY.units)


def rank(text: str) -> list[tuple[str | None, float]]:
    folded = fold(text)
    return model().rank(text, folded, GAZETTEER.find(text, folded), (), UNREAD)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Quba Rayon Prokurorluğuna\n\nQubanın Xınalıq kəndində evimi yandırıblar.", "quba"),
        ("Mən Sumqayıt şəhər sakini Əliyev Vaqif. Dünən Gəncədə bazarda pulqabımı oğurladılar.", "gence"),
        ("Zabrat qəsəbəsində iki nəfər məni döydü, telefonumu apardı.", "sabuncu"),
        ("Bakı şəhəri, Nərimanov rayonunda mənzilim soyulub.", "nerimanov"),
        ("В Хачмасе на рынке у меня украли кошелёк.", "xacmaz"),
        ("My phone was stolen in Ganja near the market.", "gence"),
        ("Sizə uğurlar arzulayıram, hər şey üçün sağ olun.", None),
    ],
)
def test_the_place_of_the_facts(text: str, expected: str | None) -> None:
    assert rank(text)[0][0] == expected


def test_probabilities_sum_to_one_and_fall() -> None:
    found = rank("Mən Qusarda yaşayıram, hadisə isə Qubada və ya Xaçmazda olub.")
    assert sum(p for _, p in found) == pytest.approx(1)
    assert [p for _, p in found] == sorted((p for _, p in found), reverse=True)
    assert {unit for unit, _ in found} == {None, "qusar", "quba", "xacmaz"}


def test_the_winning_mention_is_the_evidence() -> None:
    text = "Dünən Gəncədə bazarda pulqabımı oğurladılar."
    folded = fold(text)
    _, span = model().rank(text, folded, GAZETTEER.find(text, folded), (), UNREAD)
    assert span is not None
    assert text[slice(*span)] == "Gəncədə"
    assert model().rank("salam", "salam", [], (), UNREAD) == ([(None, 1.0)], None)


def test_a_homonym_is_narrowed_by_the_unit_named_beside_it() -> None:
    assert rank("Oğuz rayonunun Qarabulaq kəndində torpağımı zəbt ediblər.")[0][0] == "oguz"


def test_the_model_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "territory.json"
    model().save(path)
    assert TerritoryModel.load(path) == model()
    with pytest.raises(BundleMissingError):
        TerritoryModel.load(tmp_path / "none.json")
    path.write_text('{"format": 0}', encoding="utf-8")
    with pytest.raises(BundleVersionError):
        TerritoryModel.load(path)


def test_unseen_author_groups_are_told_well() -> None:
    data = choices(seen(), GAZETTEER, TAXONOMY.units, marked=False)
    learnt = train([c for c in data if c.paper.group not in "KN"], TAXONOMY.units)
    tested = [c for c in data if c.paper.group in "KN"]
    right = sum(learnt.ranking(c.candidates)[0][0] == c.paper.territory for c in tested)
    assert right / len(tested) > 0.85


def test_a_text_and_fold_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="length"):
        model().rank("Quba", "qub", [], (), UNREAD)


def test_a_very_long_text_is_ranked_in_bounded_time() -> None:
    text = "Dünən Qubada, Əli Vəliyev yanında. " * 5_000
    folded = fold(text)
    people = [Entity("PERSON", k * 35 + 14, k * 35 + 25, "Əli Vəliyev") for k in range(5_000)]
    mentions = GAZETTEER.find(text, folded, people)
    began = time.process_time()
    ranking, _ = model().rank(text, folded, mentions, people, UNREAD)
    assert ranking[0][0] == "quba"
    assert time.process_time() - began < 5
