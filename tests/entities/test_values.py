"""Nominatives of names: what can be told is told, what cannot is None."""

from __future__ import annotations

import pytest

from triage.entities.values import loc_value, org_value, person_value
from triage.types import Language


@pytest.mark.parametrize(
    ("surface", "language", "value"),
    [
        ("Əliyevin", "az", "Əliyev"),
        ("Vüsalı", "az", "Vüsal"),
        ("Rasim Məmmədova", "az", "Rasim Məmmədov"),
        ("Günel Məmmədova", "az", "Günel Məmmədova"),
        ("Vüsalə Hacıyevadandır", "az", "Vüsalə Hacıyeva"),
        ("Hüseynli Nofəl Teyyub oğlunun", "az", "Hüseynli Nofəl Teyyub oğlu"),
        ("Ramin Şirzad oğlu Qafarlıya", "az", "Ramin Şirzad oğlu Qafarlı"),
        ("ƏLİYEVİN", "az", "Əliyev"),
        ("Bayramla", "az", "Bayram"),
        ("Malikin", "az", "Malik"),
        ("S.Yaqublu", "az", "S.Yaqublu"),
        ("Nuray Q.", "az", "Nuray Q."),
        ("Мәммәдовун", "az", "Məmmədov"),
        ("Видади Нурмәһәммәдов", "az", "Vidadi Nurməhəmmədov"),
        ("Мамедовой Севды", "ru", "Mamedova Sevda"),
        ("Саламова Руслана Игоревича", "ru", "Salamov Ruslan İqoreviç"),
        ("Гулиевой Эсмиры Фазиль кызы", "ru", "Quliyeva Esmira Fazil qızı"),
        ("Дюсеновым А. Б.", "ru", "Düsenov A. B."),
        ("Левитин А. С.", "ru", "Levitin A. S."),
        ("Мамедова", "ru", None),
        ("Ahmet Yılmaz'ın", "tr", "Ahmet Yılmaz"),
        ("Hannah Okonkwo", "en", "Hannah Okonkwo"),
        ("", "az", None),
    ],
)
def test_person(surface: str, language: Language, value: str | None) -> None:
    assert person_value(surface, language) == value


@pytest.mark.parametrize(
    "name", ["Aydın", "Elçin", "Nərmin", "Natəvan", "Səbinə", "Ayda", "Bahadır", "Leyla", "Əli"]
)
def test_what_looks_like_an_ending_stays_with_the_name(name: str) -> None:
    assert person_value(name, "az") == name


def test_another_mention_settles_what_one_leaves_open() -> None:
    assert person_value("Мамедова", "ru", others=("Мамедов Эльдар",)) == "Mamedov"
    assert person_value("Səidə", "az", others=("Səid Quliyev",)) == "Səid"
    assert person_value("Səidə", "az") == "Səidə"


@pytest.mark.parametrize(
    ("surface", "language", "value"),
    [
        ("Yasamal rayon Polis İdarəsinin", "az", "Yasamal rayon Polis İdarəsi"),
        ("Gəncə şəhər prokurorluğuna", "az", "Gəncə şəhər prokurorluğu"),
        ("Baş Prokurorluğa", "az", "Baş Prokurorluq"),
        ("Kaspi Bankın", "az", "Kaspi Bank"),
        ("DSMF", "az", "DSMF"),
        ("Шәки рајон прокурорлуғуна", "az", "Şəki rayon prokurorluğu"),
        ("Насиминского районного суда", "ru", "Насиминский районный суд"),
        ("ООО «Хазар»", "ru", "ООО «Хазар»"),
        ("Центра судебной экспертизы", "ru", None),
        ("Adalet Bakanlığı'nın", "tr", "Adalet Bakanlığı"),
    ],
)
def test_org(surface: str, language: Language, value: str | None) -> None:
    assert org_value(surface, language) == value


@pytest.mark.parametrize(
    ("surface", "language", "value"),
    [
        ("Bakıda", "az", "Bakı"),
        ("Masallıdadır", "az", "Masallı"),
        ("Cəlilabadın", "az", "Cəlilabad"),
        ("Bərdə", "az", "Bərdə"),
        ("Laçında", "az", "Laçın"),
        ("Zabux kəndində", "az", "Zabux kəndi"),
        ("Yuxarı Tala kəndindəki", "az", "Yuxarı Tala kəndi"),
        ("Azadlıq küçəsi 5", "az", "Azadlıq küçəsi 5"),
        ("Siyəzənin", "az", None),
        ("Имишли рајонундан", "az", "İmişli rayonu"),
        ("Ясамальском районе", "ru", "Ясамальский район"),
        ("Сумгаит", "ru", "Сумгаит"),
        ("Гяндже", "ru", None),
    ],
)
def test_loc(surface: str, language: Language, value: str | None) -> None:
    assert loc_value(surface, language) == value


def test_a_gazetteer_settles_places() -> None:
    assert loc_value("Siyəzənin", "az", known=("Siyəzən", "Gəncə")) == "Siyəzən"
    assert loc_value("Gəncənin", "az", known=("Siyəzən", "Gəncə")) == "Gəncə"
