"""Which office of the prosecution service a body's name means: its department and, for a local one, its unit.

The departments are those of the taxonomy (`departments`); the forms are the official names in Azerbaijani
and their usual Russian, Turkish and English renderings, inflected or not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from triage.entities.gazetteer import Gazetteer
from triage.text.casing import fold
from triage.types import Entity

Authority = tuple[str, str | None]

_LONGEST = 300
_PROSECUTION = re.compile(r"prokuror|прокур|prosecut|savcili|bassavci|antikorr|анти-?корруп|anti-?corruption")
_ANTI_CORRUPTION = re.compile(r"korrupsiya|коррупц|corruption|yolsuzlu")
_MILITARY = re.compile(r"\bherbi|военн|\bmilitary|\baskeri")
_DEPARTMENTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("internal_inspection", re.compile(r"xidmeti arasdirma|xidmeti yoxlama|служебн\w+ (?:расслед"
        r"|провер)|internal insp")),
    ("cyber", re.compile(r"kiber|кибер|cyber|siber")),
    ("international", re.compile(r"beynelxalq|международн|international|uluslararasi")),
    ("human_resources", re.compile(r"kadr|кадр|human res|personel")),
    ("procedural_guidance", re.compile(r"prosessual rehberl|процессуальн\w+ руковод|procedural guid")),
    ("public_prosecution", re.compile(r"dovlet ittiham|государственн\w+ обвин|public prosecution")),
    ("non_criminal", re.compile(r"teqibinden kenar|вне уголовн|non-criminal|внеуголовн")),
    ("penal_supervision", re.compile(r"cezalarin icrasi|исполнени\w+ наказан|execution of punish")),
    ("citizen_appeals", re.compile(r"vetendaslarin qebul|muracietlere|прием\w* граждан|обращени"
        r"|citizens' app")),
    ("investigation", re.compile(r"istintaq idare|istintaqi? sobe|следственн\w+ управл|investigation dep")),
)  # fmt: skip
_GROUP_DEPARTMENT = {"baku": "baku", "nakhchivan": "nakhchivan", "territorial": "territorial"}


def authority_unit(org_surface: str, gazetteer: Gazetteer, groups: Mapping[str, str]) -> Authority | None:
    """The department id of a prosecution body and, where it serves one unit, that unit's slug.

    `groups` maps a unit to its group of the taxonomy (`Taxonomy.units`). None for a body that is none of the
    service's, and for the Prosecutor General's Office as a whole or an office whose place is not known.
    A Baku
    district's office belongs to `baku`, one of the Autonomous Republic to `nakhchivan`.
    """
    name = " ".join(org_surface[:_LONGEST].split())
    folded = fold(name)
    if _PROSECUTION.search(folded) is None and _ANTI_CORRUPTION.search(folded) is None:
        return _named_department(folded) if "idare" in folded or "управл" in folded else None
    if _ANTI_CORRUPTION.search(folded) is not None:
        return "anti_corruption", None
    unit = _unit(name, folded, gazetteer)
    if _MILITARY.search(folded) is not None:
        return "military", unit
    department = _named_department(folded)
    if department is not None:
        return department
    if unit is None:
        return None
    return _GROUP_DEPARTMENT[groups[unit]], unit


def _named_department(folded: str) -> Authority | None:
    return next(((d, None) for d, pattern in _DEPARTMENTS if pattern.search(folded)), None)


def _unit(name: str, folded: str, gazetteer: Gazetteer) -> str | None:
    """The unit in whose name the body stands: the last one, which is the narrowest."""
    whole = [Entity("ORG", 0, len(name), name)]
    units = [m.units[0] for m in gazetteer.find(name, folded, whole) if len(m.units) > 0]
    return units[-1] if units else None
