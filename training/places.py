"""Whether a paper's territory contradicts the places that it marks, as far as the gazetteer can tell."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from training.corpus import Paper
from triage.entities.gazetteer import Gazetteer, PlaceMention
from triage.taxonomy import Taxonomy
from triage.text.casing import fold
from triage.text.cyrillic import az_from_cyrillic
from triage.types import Entity

GAZETTEER_DIR = Path(__file__).parent / "gazetteer"
_WHOLE = frozenset({"baki", "naxcivan"})  # units that also stand for the city or republic as a whole
_UNTOLD = frozenset({"street", "metro", "landmark"})  # named after units and people elsewhere
_STREET_WORDS = (
    "kuc", "prospekt", "dongesi", "dairesi", "cadde", "street", "avenue", "yol", "metro", "bazar",
    "метро", "ул.", "улиц", "проспект", "күч", "даирә",
)  # fmt: skip


@cache
def gazetteer() -> Gazetteer:
    """The places that the project knows."""
    return Gazetteer.load(GAZETTEER_DIR)


def contradiction(paper: Paper, taxonomy: Taxonomy) -> frozenset[str]:
    """The units of the marked places, where none of them can be the territory.

    Empty where nothing can be told: the territory is null, no marked place lies in a unit, or one is
    marked that the gazetteer does not know. Streets, stations and markets are passed over; the name of a
    body can confirm a territory but not deny it.
    """
    if paper.territory not in taxonomy.units:
        return frozenset()
    places = [e for e in paper.entities if e.label == "LOC" and not _is_street(e)]
    bodies = [e for e in paper.entities if e.label == "ORG" or _is_street(e)]
    found = [mentions(place, paper.script) for place in places]
    if not all(found):
        return frozenset()
    named = frozenset(
        unit for mention in _flat(found) if mention.kind not in _UNTOLD for unit in mention.units
    )
    hinted = {unit for body in bodies for mention in mentions(body, paper.script) for unit in mention.units}
    can_be = any(_can_be(unit, paper.territory, taxonomy) for unit in named | hinted)
    return frozenset() if can_be else named


def mentions(entity: Entity, script: str) -> list[PlaceMention]:
    """The places that an entity names; Azerbaijani in Cyrillic is read in Latin letters."""
    surfaces = [entity.text, az_from_cyrillic(entity.text).text] if script == "cyrillic" else [entity.text]
    return [
        mention
        for surface in surfaces
        for mention in gazetteer().find(
            surface, fold(surface), [Entity(entity.label, 0, len(surface), surface)]
        )
    ]


def _flat(found: list[list[PlaceMention]]) -> list[PlaceMention]:
    return [mention for mentions in found for mention in mentions]


def _is_street(entity: Entity) -> bool:
    return any(word in fold(entity.text) for word in _STREET_WORDS)


def _can_be(unit: str, territory: str, taxonomy: Taxonomy) -> bool:
    same_group = taxonomy.units[unit] == taxonomy.units[territory]
    return unit == territory or (same_group and bool({unit, territory} & _WHOLE))
