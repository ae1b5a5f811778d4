"""Copies are found through other names, legal formulas and families do not count."""

from __future__ import annotations

from training.corpus import Paper, parse_marked
from training.overlap import first_sentence, masked, overlaps, shared_openings

TALE = "qonşum hasarı bir metr mənim həyətimə keçirib və iki ildir ki geri çəkmir, sözə də baxmır"
OTHER = "məhkəmənin qərarı üç aydır icra olunmur, məmur isə hər dəfə başqa səbəb deyir və qapını örtür"


def paper(identifier: str, marked: str, family: str = "") -> Paper:
    text, entities = parse_marked(marked)
    return Paper(
        identifier, family or identifier, "A", text, entities, "complaint", "land_housing", (), None,
        "normal", "az", "latin", False,
    )  # fmt: skip


def test_masked_puts_the_label_for_the_name() -> None:
    assert masked(*parse_marked("Mən ⟦PERSON.applicant|Əli⟧, ⟦LOC|Qubada⟧.")) == "Mən PERSON, LOC."


def test_a_copy_with_another_name() -> None:
    first = paper("A1", f"⟦PERSON|Əli Əliyev⟧ {TALE}")
    copy = paper("A2", f"⟦PERSON|Vəli Vəliyev⟧ {TALE}. {OTHER}")
    assert [(a.id, b.id, share) for a, b, share in overlaps([first, copy], [], 0.2)] == [("A1", "A2", 1.0)]
    assert not list(overlaps([first, paper("A3", OTHER)], [], 0.2))
    assert not list(overlaps([first, paper("A2", copy.text, "A1")], [], 0.2))
    assert not list(overlaps([first, copy], [TALE], 0.2))


def test_the_first_sentence_passes_over_headers() -> None:
    sentence = first_sentence(
        paper("A1", "BAŞ PROKURORLUĞA\n\nMən bu gün saat 17-də getdim. Sonra qayıtdım.")
    )
    assert sentence == "mən bu gün saat 0 də getdim"
    assert first_sentence(paper("A1", "Salam.")) == ""


def test_shared_openings() -> None:
    papers = [paper(f"A{n}", f"Mən bu gün saat 1{n}-də getdim. {n}") for n in range(3)]
    assert [(s, len(p)) for s, p in shared_openings(papers, 0.5)] == [("mən bu gün saat 0 də getdim", 3)]
    assert not list(shared_openings([*papers[:1], paper("A9", OTHER)], 0.5))
