"""What a mention of a place tells about the place of the facts: small, named, interpretable features.

The rules behind them are those of the labelling guide: the territory is where the facts happened; the
writer's address counts only where nothing else is named; the addressed office, a court of appeal and a
birthplace say little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from triage.entities.gazetteer import PlaceMention
from triage.token_heads import TokenScores
from triage.types import Entity

_NEAR, _BODY_REACH, _SENTENCE_REACH = 60, 60, 220
_SPOTS = ("metro", "landmark", "street")
_PLACES = ("city", "settlement", "village")
_PROXIMITY = 90
_MOST = 300  # mentions read at either end of a long text, so that the time stays linear
_OPENING = 600
_MOST_ODDS = 6.0  # what the encoder is surer of counts no more
_BLOCK_WORDS, _BLOCK_SHARE = 3, 0.65

_PATTERNS = {
    "high_court": r"apellyasiya|agir cinayet|inzibati meh|kommersiya|апелляц|тяжк"
    r"|административн\w+ суд|court of appeal"
    r"|grave crimes|ali mehkeme|istinaf",
    "prosecutor": r"prokuror|прокур|prosecutor|savci",
    "court": r"mehkeme|\bсуд|court|mahkeme",
    "police": r"polis|\bpi\b|\brpi\b|\brpş\b|\brps\b|полиц|ровд|\bрупп?\b|police|istintaq|следств|emniyet",
    "body": r"icra hak|xestexana|poliklinika|mekteb|belediyye|sobe|idare|komissarl|notari|filial"
    r"|merkez|univer|zavod"
    r"|nazirlik|исполнит|больниц|отдел|управлен|школ|филиал|военкомат|hospital|school|branch|office|hastane",
}  # fmt: skip
_BODY = {name: re.compile(pattern) for name, pattern in _PATTERNS.items()}
_ADDRESS = re.compile(
    r"yasay|sakin|unvan|kuc[.e]|\bev\b|menzil|\bm\.|mehelle|qeydiyyat|прожив|адрес|\bул\.|улиц"
    r"|\bкв\b|жител|зарегистр"
    r"|resid|address|ikamet|oturu|adres|living|live in|blok|bina\b"
)
_HOME = re.compile(
    r"yasay|sakini|qeydiyyat|unvan\w*:|прожив|жител|resid|ikamet|oturan|oluram|yaziram|i live"
    r"|living|живу|oturur|yasadig"
)
_BIRTH = re.compile(r"dogul|anadan|tevellud|урожен|родил|\bborn\b|dogumlu|d\.t\.|doğma")
_ADDRESSEE = re.compile(
    r"prokuror\w*(?:una|ina|uguna|ligina|a)\b|mehkemesin[ea]|kollegiyasin[ea]|idaresin[ea]"
    r"|rei[sz]in[ea]|rehberin[ea]"
    r"|nazirliyin[ea]|sobesin[ea]|прокурору|прокуратуру|начальнику|председателю|\bсуд[уа]?\b|to the"
    r"|to:|savciligina"
    r"|basligina|makamina|sedrin[ea]|hakimin[ea]"
)
_EVENT = re.compile(
    r"ogurla|oldur|doy|vur|qeza|hadise|bas ver|tutul|tutdu|saxla|aldat|tik|kes|partla|yan[dg]|hucum"
    r"|zor|hede|tele[bp]"
    r"|isle|aldi|apar|ver[dmi]|gel[dm]|ged|украл|произош|изби|задерж|напа|постро|случи|краж|угна"
    r"|сби|обману|работа"
    r"|yatir|cezacekme|отбыва|колони|bazar|dukan|sex|anbar|happen|stol|attack|occur|beat|hit|crash"
    r"|built|oldu|olub|olmus|cal[dis]|dovd|carp|soy"
)
_COMPANY = re.compile(
    r"\b(?:mmc|asc|qsc|ооо|оао|зао|bank|банк|trans|bus|servis|sigorta|holding|ltd|llc|a\.s\.)\b"
)
_FULL_STOP = re.compile(r"\w{4,}[.!?]\s")
_DATE = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}\.\d{1,2}\.\d{2,4}")
_PHONE = re.compile(r"(?:\+?994|\b0\d\d)[\s()-]{0,2}\d|\btel\b|тел|@")
_ENDINGS = {
    "in": re.compile(r"(?:da|de|nda|nde)(?:ki\w{0,8}|dir)?$"),
    "from": re.compile(r"(?:dan|den)$"),
    "of": re.compile(r"(?:in|un)$"),
    "to": re.compile(r"[ae]$"),
    "native": re.compile(r"l[iu](?:y[ae]m|lar|ler)?$"),
}
_PROPOSAL = re.compile(r"teklif|предлага|предложени|propos|oneri|tovsiye")
_ASSISTANCE = re.compile(r"huquqi yardim|правов\w+ помощ|legal assistance|adli yardim|istinabe|поручени")
_NATIONWIDE = re.compile(
    r"respublika uzre|olke (?:uzre|miqyas|erazi)|butun (?:rayon|seher|olke)|butun respublika"
    r"|rayonlarda|bolgelerde|"
    r"по (?:всей )?(?:республике|стране)|во всех район|nationwide|throughout the country|ulke genel"
)
_CENTRAL = re.compile(r"bas prokuror|генеральн\w+ прокур|general prosecutor|prosecutor general|bassavcil")


@dataclass(frozen=True, slots=True)
class Told:
    """A mention with the signs around it: names of features that hold.

    `odds` are the log odds that it is the place of the facts, as the encoder's states tell them.
    """

    mention: PlaceMention
    units: tuple[str, ...]
    signs: frozenset[str]
    odds: float


def read_mentions(
    text: str,
    folded: str,
    mentions: Sequence[PlaceMention],
    entities: Sequence[Entity],
    tokens: TokenScores,
) -> list[Told]:
    """Every mention that lies in some unit, homonyms narrowed by the other mentions, with its signs.

    Mentions inside a person's name are passed over.
    """
    people = [(e.start, e.end, e.role) for e in entities if e.label == "PERSON"]
    bodies = [(e.start, e.end) for e in entities if e.label == "ORG"]
    placed = [m for m in mentions if m.units]
    if len(placed) > 2 * _MOST:
        placed = placed[:_MOST] + placed[-_MOST:]
    kept = [m for m in placed if not _within(m, [(s, e) for s, e, _ in people])]
    named = {m.units[0] for m in kept if len(m.units) == 1}
    first = next((m.start for m in kept), 0)
    told = []
    for mention in kept:
        narrowed = tuple(unit for unit in mention.units if unit in named) or mention.units
        signs = _signs(text, folded, mention, _within(mention, bodies))
        if any(role == "applicant" and abs(mention.start - end) < _PROXIMITY for _, end, role in people):
            signs.add("near_applicant")
            signs.discard("clean")
        if signs & {"block", "near_applicant"} and "tail" in signs:
            signs.add("signature")
        if mention.start == first:
            signs.add("first")
        if len(narrowed) > 1:
            signs.add("homonym")
        elif len(mention.units) > 1:
            signs.add("narrowed")
        elsewhere, here = tokens.mean(tokens.places, mention.start, mention.end)
        odds = min(max(float(here - elsewhere), -_MOST_ODDS), _MOST_ODDS)
        told.append(Told(mention, narrowed, frozenset(signs), odds))
    return told


def _within(mention: PlaceMention, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < mention.end and mention.start < end for start, end in spans)


def _signs(text: str, folded: str, mention: PlaceMention, in_body: bool) -> set[str]:
    """The signs that stand in a bounded window around the mention."""
    start, end = mention.start, mention.end
    line_start = folded.rfind("\n", max(start - _SENTENCE_REACH, 0), start) + 1 or max(
        start - _SENTENCE_REACH, 0
    )
    line_end = folded.find("\n", end, end + _SENTENCE_REACH)
    line_end = min(end + _SENTENCE_REACH, len(folded)) if line_end < 0 else line_end
    line = folded[line_start:line_end]
    signs = {_kind(mention.kind)}
    if mention.located:
        signs.add("located")
    signs |= _body_signs(folded[start : min(end + _BODY_REACH, line_end)].split(",", maxsplit=1)[0], in_body)
    signs |= {name for name, pattern in _ENDINGS.items() if pattern.search(folded[start:end])}
    near = _sentence(folded, max(start - _NEAR, line_start), start, end, min(end + _NEAR, line_end))
    patterns = {"address": _ADDRESS, "home": _HOME, "birth": _BIRTH, "event": _EVENT, "phone": _PHONE}
    signs |= {name for name, pattern in patterns.items() if pattern.search(near)}
    share = start / max(len(folded), 1)
    if start < 400 and share < 0.4 and _ADDRESSEE.search(line) is not None:
        signs.add("addressee")
    if share > 0.85:
        signs.add("tail")
    if _is_block(text[max(start - _NEAR, line_start) : min(end + _NEAR, line_end)]):
        signs.add("block")
    if sum(map(str.isalpha, line)) - (end - start) < 16:
        signs.add("own_line")
        if _DATE.search(line):
            signs.add("dateline")
    if not signs & {
        "addressee",
        "high_court",
        "prosecutor",
        "court",
        "home",
        "birth",
        "own_line",
        "phone",
        "block",
        "company",
    }:
        signs.add("clean")
    return signs


def _sentence(folded: str, first: int, start: int, end: int, last: int) -> str:
    """What lies between the full stops around `start` and `end`, within `first` and `last`."""
    before = max((m.end() for m in _FULL_STOP.finditer(folded, first, start)), default=first)
    after = _FULL_STOP.search(folded, end, last)
    return folded[before : after.start() if after else last]


def _is_block(near: str) -> bool:
    """Whether the words around are mostly names and numbers, as in an address or a signature."""
    words = near.split()
    return len(words) > _BLOCK_WORDS and sum(not w[0].islower() for w in words) > _BLOCK_SHARE * len(words)


def _kind(kind: str) -> str:
    if kind in _SPOTS:
        return "spot"
    return "place" if kind in _PLACES else "unit"


def _body_signs(after: str, in_body: bool) -> set[str]:
    """Whether the mention begins a body's name, and of which sort."""
    found = next((name for name, pattern in _BODY.items() if pattern.search(after)), None)
    if found is not None:
        return {found, "in_body"}
    if _COMPANY.search(after) is not None:
        return {"company"}
    return {"in_body"} if in_body else set()


def features(
    unit: str | None, told: Sequence[Told], folded: str, elsewhere: int, groups: Mapping[str, str]
) -> dict[str, float]:
    """The named features of one candidate; `elsewhere` is how many foreign places are named."""
    units = {u for t in told for u in t.units}
    if unit is None:
        return _null_features(told, units, folded, elsewhere)
    mine = [t for t in told if unit in t.units]
    values: dict[str, float] = {}
    for t in mine:
        for sign in t.signs:
            values[sign] = 1.0
        if "clean" in t.signs:
            for sign in (
                "located",
                "place",
                "spot",
                "event",
                "address",
                "in",
                "from",
                "police",
                "in_body",
                "first",
            ):
                if sign in t.signs:
                    values[f"clean+{sign}"] = 1.0
    cleans = sum("clean" in t.signs for t in mine)
    values["odds"] = max(t.odds for t in mine)
    values["odds_lead"] = values["odds"] - max(
        (t.odds for t in told if unit not in t.units), default=-_MOST_ODDS
    )
    values["mentions"] = _log2(len(mine))
    values["cleans"] = _log2(cleans)
    values["share"] = len(mine) / len(told)
    values["only"] = float(len(units) == 1)
    values["homonym"] = min(1 - 1 / len(t.units) for t in mine)
    for sign in (
        "home",
        "addressee",
        "high_court",
        "in_body",
        "tail",
        "birth",
        "dateline",
        "near_applicant",
        "block",
    ):
        values[f"all_{sign}"] = float(all(sign in t.signs for t in mine))
    group = groups.get(unit, "")
    inside = [u for u in units if u != unit and groups.get(u) == group]
    whole = unit in ("baki", "naxcivan")
    values["whole_of_named"] = float(whole and bool(inside))
    values["whole_alone"] = float(whole and not inside)
    values["part_of_named"] = float(
        not whole and bool({"baki", "naxcivan"} & set(inside)) and group != "territorial"
    )
    others_clean = any("clean" in t.signs and unit not in t.units for t in told)
    values["unclean_beside_clean"] = float(others_clean and not cleans)
    return values


def _null_features(told: Sequence[Told], units: set[str], folded: str, elsewhere: int) -> dict[str, float]:
    cleans = [t for t in told if "clean" in t.signs]
    return {
        "null": 1.0,
        "null_odds": max((t.odds for t in told), default=0.0),
        "null_no_candidate": float(not units),
        "null_one": float(len(units) == 1),
        "null_many": _log2(len(units)),
        "null_foreign": _log2(elsewhere),
        "null_foreign_alone": float(elsewhere > 0 and not cleans),
        "null_clean": float(bool(cleans)),
        "null_clean_located": float(any("located" in t.signs for t in cleans)),
        "null_all_addressee": float(bool(told) and all("addressee" in t.signs for t in told)),
        "null_all_unclean_body": float(bool(told) and all(t.signs & {"in_body", "addressee"} for t in told)),
        "null_all_tail": float(bool(told) and all("tail" in t.signs for t in told)),
        "null_only_baku": float(units == {"baki"}),
        "null_central": float(_CENTRAL.search(folded[:_OPENING]) is not None),
        "null_proposal": float(_PROPOSAL.search(folded[:_OPENING]) is not None),
        "null_assistance": float(_ASSISTANCE.search(folded[:_OPENING]) is not None),
        "null_nationwide": float(_NATIONWIDE.search(folded) is not None),
        "null_length": _log2(len(folded) // 400),
    }


def _log2(count: int) -> float:
    return float((count + 1).bit_length() - 1) + ((count + 1) / (1 << ((count + 1).bit_length() - 1)) - 1)
