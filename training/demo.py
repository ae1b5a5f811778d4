"""The sample papers of the service's demo: a spread over the corpus, with what makes a queue worth looking at.

`python -m training.demo` writes `api/demo/data/papers.toml` from the corpus alone, always the same. Taken are papers
that fit on a screen: some that a model easily gets wrong, papers of every subject (more of those that the demo lets be
routed by themselves), a petition that many signed, and letters that somebody sent after their first one. The added
texts and all names are invented, as everything in the corpus is.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import tomli_w

from training.corpus import Paper, load_papers
from training.counts import spelling
from triage.types import Entity

OUT = Path(__file__).resolve().parents[1] / "api" / "demo" / "data" / "papers.toml"
_SHORTEST, _LONGEST = 300, 1400
_A_SUBJECT, _MORE = 2, 4
_FREQUENT = ("labour", "land_housing", "social_security", "property_crime", "traffic", "general")
"""Subjects of which more come in, as in an office; the demo switches automation on for them."""
_SPELLINGS = {"az-cyrillic": 3, "az-unmarked": 4, "tr": 3, "en": 4, "ru": 11}
"""So many papers at least that are not Azerbaijani in its own letters."""
_HARD = ("A0095", "E038", "L026", "O051", "Q024", "Z0023")
"""Papers of which bundle 1.2.0 gets the place or the urgency wrong, so that clerks have something to correct."""

_PETITION, _SIGNED = "A0079", "Bığır kəndi sakinləri adından Mübariz Ağayarov, aqronom, 050 338 70 15"
_SIGNERS = (
    "Səbuhi Narlıyev", "Gülarə Arxlı", "Tofiq Bağbanov", "Əntiqə Qovaqlı", "Rəşad Heyvazadə", "Ofelya Sutəmiz",
    "Vaqif Çəpərli", "Lətafət Əncirova", "Kamal Dəhnəyev", "Zülfiyyə Kəhrizli", "Paşa Söyüdlü",
)  # fmt: skip
_FORMS = ("dan", "dən", "nin", "nın", "nun", "nün")
_COMPLAINT = Paper(
    id="demo-1", family="later", group="demo", entities=(Entity("PERSON", 0, 13, "Vəli Tutqunlu", "applicant"),),
    document_type="complaint", subject="prosecutor_conduct", also=("property_crime",), territory="seki",
    urgency="normal", language="az", script="latin", needs_person=True,
    text=(
        "Baş Prokurorluğa\nŞəki rayonunun Kiş kəndində yaşayan Vəli Tutqunlu tərəfindən\n\nŞİKAYƏT\n"
        "Şikayət olunan orqan: Şəki rayon prokurorluğu\n\n"
        "Avqustun 2-də həyətimdən iki inəyim və bir atım oğurlanıb. Mal-qaranı Kişdən Oğuz tərəfə yük maşınında "
        "aparıblar, maşının nömrəsi yarımçıq görünüb. Oğurluğu edənlərin kim olduğunu kənddə hamı bilir.\n\n"
        "Şəki rayon prokurorluğu oğurluqla bağlı ərizəmi itirib. İnəklərimin dəyəri 4 200 manatdır, ailənin tək "
        "dolanışığı onlar idi.\n\n"
        "Oğurlanmış malımın tapılmasını və oğruların məsuliyyətə cəlb olunmasını xahiş edirəm.\nVəli Tutqunlu"
    ),
)  # fmt: skip
"""A complaint of the office that would be competent, of which the corpus has too few that are read so."""
_LATER = {
    "A0072": (
        "Mən Nailə Abbasova, bir neçə gün əvvəl Xankəndidəki mənzil barədə yazmışdım.\n\n"
        "Komissiya dünən bizi çağırdı. Dedilər ki, açar səhvən iki ailəyə verilib, sənəd isə bizim adımızadır. Amma "
        "yazılı cavab vermirlər, «gözləyin» deyirlər. Əlil oğlum Elvin hələ də zalda yatır.\n\n"
        "Xahiş edirəm əvvəlki şikayətimlə birlikdə baxılsın və komissiyanın qərarının surəti bizə verilsin.\n"
        "Nailə Abbasova, mobil 050 610 45 27"
    ),
}
"""Letters of people who had written before, by the paper that they wrote first."""


def main() -> None:
    """Write the file and say what is in it."""
    papers = sorted(_chosen(load_papers()), key=lambda paper: _chance(paper, "order"))
    OUT.parent.mkdir(parents=True, exist_ok=True)
    told = {"paper": [_row(paper) for paper in papers]}
    OUT.write_text(_HEAD + tomli_w.dumps(told, multiline_strings=True), encoding="utf-8")
    counts = Counter(spelling(paper) for paper in papers)
    sys.stderr.write(f"{len(papers)} papers ({dict(counts)}) in {OUT.name}, {OUT.stat().st_size} bytes\n")


_HEAD = """# The papers of the demo: invented, as everything in the corpus is (CC BY 4.0, the Dərkənar authors).
# Written by `python -m training.demo`; do not edit by hand.

"""


def _chosen(corpus: Iterable[Paper]) -> Iterator[Paper]:
    """The papers of the demo; those that belong together share a family."""
    known = {paper.id: paper for paper in corpus}
    taken = {key: known[key] for key in (*_HARD, _PETITION, *_LATER)}
    fitting = [p for p in known.values() if _SHORTEST <= len(p.text) <= _LONGEST and p.id not in taken]
    fitting.sort(key=_chance)
    for way, wanted in _SPELLINGS.items():
        found = [paper for paper in fitting if spelling(paper) == way]
        lacking = wanted - sum(spelling(paper) == way for paper in taken.values())
        taken |= {paper.id: paper for paper in _unlike(found, lacking)}
    subjects = Counter(paper.subject for paper in taken.values())
    for paper in fitting:
        most = _MORE if paper.subject in _FREQUENT else _A_SUBJECT
        if paper.id not in taken and subjects[paper.subject] < most:
            taken[paper.id] = paper
            subjects[paper.subject] += 1
    for paper in taken.values():
        yield replace(paper, family=paper.id)
    yield _COMPLAINT
    yield from _copies(known[_PETITION])
    for first, text in _LATER.items():
        yield replace(known[first], id=f"{first}-2", family=first, text=text)


def _unlike(papers: Iterable[Paper], count: int) -> list[Paper]:
    """The first so many of different subjects."""
    found: dict[str, Paper] = {}
    for paper in papers:
        found.setdefault(paper.subject, paper)
    return list(found.values())[: max(0, count)]


def _copies(petition: Paper) -> Iterator[Paper]:
    """The petition as others signed it."""
    for number, name in enumerate(_SIGNERS, 2):
        text = petition.text.replace(_SIGNED, f"Bığır kəndinin sakini {name}")
        signer = Entity("PERSON", 0, len(name), name, "applicant")
        yield replace(
            petition, id=f"{petition.id}-{number}", family=petition.id, text=text, entities=(signer,)
        )


def _chance(paper: Paper, what: str = "demo") -> str:
    """A key for an order that has to do with nothing, and is always the same."""
    return hashlib.sha256(f"{what} {paper.id}".encode()).hexdigest()


def _row(paper: Paper) -> dict[str, Any]:
    """A paper as the demo reads it; what it does not have is left out."""
    names = ("id", "family", "document_type", "subject", "also", "territory", "urgency", "language", "text")
    row = {name: value for name in names if (value := getattr(paper, name)) not in (None, ())}
    return row if (sender := _sender(paper)) is None else {**row, "sender": sender}


def _sender(paper: Paper) -> str | None:
    """Who sent it, where that stands in it by a full name and not as a form of it."""
    named = (e for e in paper.entities if e.role == "applicant" and e.label in ("PERSON", "ORG"))
    whole = (e.text for e in named if " " in e.text and not e.text.endswith(_FORMS))
    return next(whole, None)


if __name__ == "__main__":
    main()
