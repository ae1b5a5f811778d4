"""Words of any keyboard, script and form meet."""

from __future__ import annotations

import pytest

from api.search.folding import LONGEST, compact, fold, russian_stem, sound, stem, words

SAME_STEM = [
    "Əliyev Əliyevin Əliyevə ƏLİYEVDƏN eliyev Әлијевин",
    "məhkəmə Məhkəməsinə MƏHKƏMƏLƏRİN mehkeme мәһкәмәси mәhkәmәyə",
    "prokurorluq prokurorluğun prokurorluğuna prokurorluqda",
    "vətəndaş vətəndaşlar vətəndaşların vetendasin",
    "rayon rayonu rayonunda rayonundakı rayonlarından",
    "Rövşən Rövşənin Rövşənə",
    "Səbinə Səbinənin Səbinəyə",
    "Aydın Aydının Aydına",
    "kəndlik kəndliyin kəndliyi",
    "Bakı Bakıda Bakının Baku Баку Bakü",
    "istanbul İSTANBUL ISTANBUL'DA İstanbul’un",
    "pul pulu pulun pula",
    "Əli Əlinin Əliyə",
]


@pytest.mark.parametrize("forms", SAME_STEM)
def test_forms_of_a_word_have_one_stem(forms: str) -> None:
    assert len({stem(word) for word in words(forms)}) == 1, [stem(word) for word in words(forms)]


@pytest.mark.parametrize(
    "forms",
    [
        "суд суда суду судом суде суды судами судах",
        "заявление заявления заявлению заявлением zayavlenie",
        "уголовный уголовного уголовному уголовная уголовную уголовных уголовное",
        "прокуратура прокуратуры прокуратуру прокуратурой prokuratura",
        "Гасанов Гасанова Гасанову Гасановым",
    ],
)
def test_russian_declension_is_undone(forms: str) -> None:
    assert len({russian_stem(word) for word in words(forms)}) == 1


@pytest.mark.parametrize(
    "spellings",
    [
        "Əliyev Алиев Aliyev Алиевым Əliyevə",
        "Həsənov Гасанов Hasanov Һәсәнов",
        "Hüseynov Гусейнов Huseynov",
        "Məmmədov Мамедов Mammadov",
        "Cəfərov Джафаров Jafarov",
        "Hacıyev Гаджиев Hajiyev",
        "İbrahimov Ибрагимов Ibrahimov",
    ],
)
def test_a_name_sounds_the_same_in_every_spelling(spellings: str) -> None:
    assert len({sound(word) for word in words(spellings)}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("məhkəmə", "məhkum"), ("Əliyev", "Vəliyev"), ("Həsənov", "Hüseynov"), ("qonşu", "qoşun")],
)
def test_different_words_stay_different(one: str, other: str) -> None:
    assert stem(fold(one)) != stem(fold(other))
    assert sound(fold(one)) != sound(fold(other))


def test_a_stem_is_its_own_stem_and_never_shorter_than_three_letters() -> None:
    for word in words("a və bu ilə lər lərinin nininin dandanda sı Rövşənin məhkəməsinə ıııııııı"):
        assert stem(stem(word)) == stem(word)
        assert len(stem(word)) >= min(len(word), 3)


def test_numbers_are_left_whole() -> None:
    assert compact("№ 1-45/2026 (a)") == compact("1 45 2026A") == "1452026a"
    assert stem("5abc12i") == "5abc12i"


@pytest.mark.parametrize(
    "odd", ["", "\x00", "\ud800", "́", "'", "🙂", "a" * 10_000, "ﷺ", "١٢٣", "İ̇", "ß", "日本語"]
)
def test_anything_can_be_folded(odd: str) -> None:
    for word in words(odd):
        assert 0 < len(word) <= LONGEST
        assert word.isalnum()
        stem(word), russian_stem(word), sound(word)


def test_old_hyphens_and_letters_of_the_other_alphabet_do_not_matter() -> None:
    assert words("məh\u00adkəmə") == words("məh-\nkəmə") == ["mehkeme"]
    assert words("Аli") == words("Ali")  # with a Cyrillic А
