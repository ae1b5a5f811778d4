"""Names of prosecution bodies lead to their department and unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from triage.entities.authority import authority_unit
from triage.entities.gazetteer import Gazetteer
from triage.taxonomy import Taxonomy

ROOT = Path(__file__).parents[2]
GAZETTEER = Gazetteer.load(ROOT / "training" / "gazetteer")
GROUPS = Taxonomy.parse((ROOT / "training/config/taxonomy.yaml").read_text(encoding="utf-8")).units


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Quba rayon prokurorluğu", ("territorial", "quba")),
        ("Quba Rayon Prokurorluğuna", ("territorial", "quba")),
        ("Sumqayıt şəhər prokurorluğunun", ("territorial", "sumqayit")),
        ("Хачмазская районная прокуратура", ("territorial", "xacmaz")),
        ("прокуратуру города Гянджи", ("territorial", "gence")),
        ("Sheki District Prosecutor's Office", ("territorial", "seki")),
        ("Bakı şəhər prokurorluğu", ("baku", "baki")),
        ("Nəsimi rayon prokurorluğu", ("baku", "nesimi")),
        ("прокуратура Насиминского района", ("baku", "nesimi")),
        ("Naxçıvan Muxtar Respublikasının Prokurorluğu", ("nakhchivan", "naxcivan")),
        ("Şərur rayon prokurorluğu", ("nakhchivan", "serur")),
        ("Hərbi prokurorluq", ("military", None)),
        ("Tərtər Hərbi Prokurorluğuna", ("military", "terter")),
        ("Военная прокуратура", ("military", None)),
        ("Baş Prokurorluğun İstintaq idarəsi", ("investigation", None)),
        ("Korrupsiyaya qarşı Mübarizə Baş İdarəsi", ("anti_corruption", None)),
        ("Главное управление по борьбе с коррупцией", ("anti_corruption", None)),
        ("Baş Prokurorluğun Kadrlar idarəsi", ("human_resources", None)),
        ("Dövlət ittihamının müdafiəsi idarəsi", ("public_prosecution", None)),
        ("Kibercinayətkarlığa qarşı mübarizə idarəsi", ("cyber", None)),
        ("Baş Prokurorluq", None),
        ("Qusar Rayon Polis Şöbəsi", None),
        ("Gəncə Apellyasiya Məhkəməsi", None),
        ("Kapital Bank", None),
        ("", None),
    ],
)
def test_authority(name: str, expected: tuple[str, str | None] | None) -> None:
    assert authority_unit(name, GAZETTEER, GROUPS) == expected
