"""Places are found in every written form, and people and things of the same name are not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from training.territory import write_gazetteer
from triage.entities.gazetteer import Gazetteer, PlaceMention
from triage.entities.place_forms import sound
from triage.errors import BundleMissingError, BundleVersionError
from triage.taxonomy import Taxonomy
from triage.text.casing import fold
from triage.types import Entity

ROOT = Path(__file__).parents[2]
GAZETTEER = Gazetteer.load(ROOT / "training" / "gazetteer")
TAXONOMY = Taxonomy.parse((ROOT / "training/config/taxonomy.yaml").read_text(encoding="utf-8"))


def find(text: str, *entities: Entity) -> list[PlaceMention]:
    return GAZETTEER.find(text, fold(text), entities)


def units(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(text[m.start : m.end], m.units) for m in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Qubanın Xınalıq kəndində", [("Qubanın", ("quba",)), ("Xınalıq kəndində", ("quba",))]),
        ("Qubada oldu", [("Qubada", ("quba",))]),
        ("Sumqayıtdan gəldim", [("Sumqayıtdan", ("sumqayit",))]),
        ("Bakıdakı ev", [("Bakıdakı", ("baki",))]),
        ("mən Qubalıyam", [("Qubalıyam", ("quba",))]),
        ("Xınalığa getdik, Sədərəyə yox", [("Sədərəyə", ("sederek",))]),
        ("Xınalığın yolu, Xınalıq kəndinə", [("Xınalıq kəndinə", ("quba",))]),
        ("Sumqayitda yashayiram", [("Sumqayitda", ("sumqayit",))]),
        ("LƏNKƏRAN ŞƏHƏRİ", [("LƏNKƏRAN ŞƏHƏRİ", ("lenkeran",))]),
        ("sumqayıtda olub", [("sumqayıtda", ("sumqayit",))]),
        ("в Сумгаите", [("Сумгаите", ("sumqayit",))]),
        ("из Гянджи", [("Гянджи", ("gence",))]),
        ("Хачмазский район", [("Хачмазский район", ("xacmaz",))]),
        ("прокуратура Билясуварского района", [("Билясуварского района", ("bilesuvar",))]),
        ("в посёлке Бакиханова", [("Бакиханова", ("sabuncu",))]),
        ("Сабунчинский и Гарадагский", [("Сабунчинский", ("sabuncu",)), ("Гарадагский", ("qaradag",))]),
        ("in Ganja and Sheki", [("Ganja", ("gence",)), ("Sheki", ("seki",))]),
        ("Nakhchivan, Sumgait", [("Nakhchivan", ("naxcivan",)), ("Sumgait", ("sumqayit",))]),
        ("Gence'de oldu", [("Gence", ("gence",))]),
        ("Zabrat qəsəbəsində", [("Zabrat qəsəbəsində", ("sabuncu",))]),
        ("Əhmədli qəsəbəsi", [("Əhmədli qəsəbəsi", ("xetai",))]),
        ("Mərdəkanda bağ", [("Mərdəkanda", ("xezer",))]),
        ("20 Yanvar metrosunun çıxışında", [("20 Yanvar metrosunun", ("yasamal",))]),
        ("Sədərək Ticarət Mərkəzində", [("Sədərək Ticarət Mərkəzində", ("qaradag",))]),
        ("Nizami rayonunda", [("Nizami rayonunda", ("nizami", "gence"))]),
        ("Qusar Rayon Polis Şöbəsi", [("Qusar Rayon", ("qusar",))]),
        ("Xəzər dənizində", [("Xəzər dənizində", ())]),
        ("Moskvadan qayıtdım", [("Moskvadan", ())]),
    ],
)  # fmt: skip
def test_names_in_their_forms(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    found = [(surface, found) for surface, found in units(text) if surface not in ("Xınalığa", "Xınalığın")]
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "Nizami Əliyev gəldi",
        "Babək Məmmədov",
        "Nərimanov Elçin",
        "gəncə yazıq oldu",
        "Forma sənədi günəşli havada",
        "Həsənli Vüqar",
        "Хочу забрать вещи",
        "кабель в салоне",
        "",
    ],
)
def test_people_and_words_are_no_places(text: str) -> None:
    assert [m for m in find(text) if m.units] == []


def test_a_tagged_person_is_no_place_and_a_tagged_place_is_one() -> None:
    text = "Füzuli dedi"
    assert not find(text, Entity("PERSON", 0, 6, "Füzuli"))
    assert find(text, Entity("LOC", 0, 6, "Füzuli"))[0].units == ("fuzuli",)


def test_a_village_named_like_a_unit_is_told_by_its_type_word() -> None:
    assert "xetai" not in find("Xətai kəndində")[0].units
    assert find("Xətai rayonunda")[0].units == ("xetai",)


def test_every_unit_has_its_names_and_every_place_a_known_unit() -> None:
    assert {u for p in GAZETTEER.places if p.kind == "unit" for u in p.units} == set(TAXONOMY.units)
    assert {u for p in GAZETTEER.places for u in p.units} == set(TAXONOMY.units)
    for slug, name in TAXONOMY.unit_names.items():
        text = f"{name} rayonunda"
        assert slug in find(text)[0].units, name


def test_the_gazetteer_is_large() -> None:
    assert len({(p.name, u) for p in GAZETTEER.places for u in p.units}) > 2000


@pytest.mark.parametrize(
    ("one", "other"), [("biləsuvar", "билясувар"), ("cəlilabad", "джалилабад"), ("şəmkir", "шямкир")]
)
def test_renderings_of_one_name_sound_alike(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@pytest.mark.parametrize(
    "text", ["\ud800", "😀" * 500, "\x00", "Bakı" * 20_000, "a " * 30_000, "28 " * 20_000]
)
def test_hostile_text_is_read_in_bounded_time(text: str) -> None:
    began = time.process_time()
    find(text)
    assert time.process_time() - began < 5


def test_the_files_as_one_hold_the_same_places(tmp_path: Path) -> None:
    whole = Gazetteer.load(write_gazetteer(tmp_path / "gazetteer.tsv"))
    assert set(whole.places) == set(GAZETTEER.places)


def test_a_missing_or_broken_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleMissingError):
        Gazetteer.load(tmp_path)
    broken = tmp_path / "places.tsv"
    broken.write_text("name\tunits\tkind\nQuba\tquba\tplanet\n", encoding="utf-8")
    with pytest.raises(BundleVersionError):
        Gazetteer.load(broken)
    broken.write_text("Quba\tquba\n", encoding="utf-8")
    with pytest.raises(BundleVersionError):
        Gazetteer.load(broken)
