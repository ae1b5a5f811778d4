"""Acts of law: how they are written in four languages (folded) and what they are called in values.

Codes of Azerbaijan carry the abbreviations in use in the country's legal papers (e-qanun.az): CM Cinayət,
CPM Cinayət-Prosessual, İXM İnzibati Xətalar, MM Mülki, MPM Mülki Prosessual, AM Ailə, ƏM Əmək, TM Torpaq,
MNM Mənzil, VM Vergi, CİM Cəzaların İcrası, İPM İnzibati Prosessual, GM Gömrük, SM Seçki Məcəlləsi. Codes of
other states keep the Russian abbreviation with the state (`УК РФ`) or their own (`TCK`); İHAK is the European
Convention on Human Rights.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from triage.entities.patterns.anchors import prefixes_of

_CODE_AZ = r"\s{1,2}(?:mecelle|kanunu)\w{0,8}"
_CODE_RU = r"\w{2,3}\sкодекс\w{0,2}"


@dataclass(frozen=True, slots=True)
class Act:
    """An act: its name in values, abbreviations (capitals in the text; the Russian one last), full names."""

    name: str
    short: tuple[str, ...]
    full: tuple[str, ...]


ACTS = (
    Act("CPM", ("cpm", "cpc", "ccp", "упк"), (
        rf"cinayet[- ]{{1,3}}prosess?ual{_CODE_AZ}", rf"ceza\sprosess?ual{_CODE_AZ}",
        rf"уголовно-процессуальн{_CODE_RU}", r"code\sof\scriminal\sprocedure", r"criminal\sprocedure\scode")),
    Act("TCK", ("tck",), (r"turk\sceza\skanunu\w{0,3}",)),
    Act("CMK", ("cmk",), (r"ceza\smuhakemesi\skanunu\w{0,3}",)),
    Act("CM", ("cm", "hm", "cc", "ук"), (
        rf"(?:cinayet|ceza){_CODE_AZ}", rf"уголовн{_CODE_RU}", r"criminal\scode", r"penal\scode")),
    Act("İXM", ("ixm", "кап", "коап"), (
        rf"inzibati\sxetalar{_CODE_AZ}", r"inzibati\sxetalar\shaqqinda\smecelle\w{0,4}",
        r"кодекс\w{0,2}\sоб\sадминистративных\s(?:проступках|правонарушениях)",
        r"code\sof\sadministrative\soffences")),
    Act("MPM", ("mpm", "гпк"), (
        rf"mulki[- ]{{1,3}}prosess?ual{_CODE_AZ}", rf"гражданск\w{{2,3}}[- ]процессуальн{_CODE_RU}",
        r"civil\sprocedure\scode", r"code\sof\scivil\sprocedure")),
    Act("İPM", ("ipm",), (
        rf"inzibati[- ]{{1,3}}prosess?ual{_CODE_AZ}", rf"административно-процессуальн{_CODE_RU}")),
    Act("MM", ("mm", "гк"), (rf"mulki{_CODE_AZ}", rf"гражданск{_CODE_RU}", r"civil\scode")),
    Act("AM", ("am", "ск"), (rf"aile{_CODE_AZ}", rf"семейн{_CODE_RU}", r"family\scode")),
    Act("ƏM", ("em", "тк"), (
        rf"(?:emek|is){_CODE_AZ}", r"emek\sqanunlari\smecelle\w{0,8}", rf"трудов{_CODE_RU}",
        r"labou?r\scode")),
    Act("TM", ("tm", "зк"), (rf"torpaq{_CODE_AZ}", rf"земельн{_CODE_RU}", r"land\scode")),
    Act("MNM", ("mnm", "жк"), (rf"menzil{_CODE_AZ}", rf"жилищн{_CODE_RU}", r"housing\scode")),
    Act("VM", ("vm", "нк"), (rf"vergi{_CODE_AZ}", rf"налогов{_CODE_RU}", r"tax\scode")),
    Act("CİM", ("cim", "уик"), (
        rf"cezalarin\sicrasi{_CODE_AZ}", r"кодекс\w{0,2}\sисполнения\sнаказаний",
        rf"уголовно-исполнительн{_CODE_RU}", r"code\sof\sexecution\sof\s(?:punishments|sentences)")),
    Act("GM", ("gm",), (rf"gomruk{_CODE_AZ}", rf"таможенн{_CODE_RU}", r"customs\scode")),
    Act("SM", ("sm",), (rf"secki{_CODE_AZ}", rf"избирательн{_CODE_RU}", r"election\scode")),
    Act("Konstitusiya", (), (
        r"konstitusiya\w{0,6}", r"конституци\w", r"constitution", r"anayasa\w{0,4}")),
    Act("İHAK", ("ihak", "echr", "aihs", "еспч", "екпч"), (
        r"insan\shuquqlari\w{0,8}\s(?:ve\sesas\sazadliqlarin\s(?:mudafiesi|qorunmasi)\shaqqinda\s|uzre\s)?"
        r"(?:avropa\s)?konvensiya\w{0,6}", r"avropa\sinsan\shuquqlari\skonvensiya\w{0,6}",
        r"европейск\w{2,3}\sконвенци\w(?:\sо\sзащите\sправ\sчеловека(?:\sи\sосновных\sсвобод)?)?",
        r"конвенци\w\sо\sзащите\sправ\sчеловека(?:\sи\sосновных\sсвобод)?",
        r"european\sconvention(?:\son\shuman\srights)?(?!\son)",
        r"avrupa\sinsan\shaklari\ssozlesmesi\w{0,4}")),
)  # fmt: skip

_STATES = {
    "РФ": r"рф|российской\sфедерации|россии|(?:the\s)?russian\sfederation|russia",
    "РК": r"рк|республики\sказахстан|казахстана|(?:the\srepublic\sof\s)?kazakhstan",
    "Грузии": r"грузии|georgia", "Украины": r"украины|ukraine", "Латвии": r"латвии|latvia",
    "РБ": r"рб|республики\sбеларусь|беларуси", "Турции": r"турции|turkey|turkiye",
}  # fmt: skip

_HOME = r"(?:(?:azerbaycan(?:\s(?:respublikasi|cumhuriyeti)\w{0,4})?|ar|azr)(?:[-']?\s?n?in)?\s)?"
_HOME_AFTER = (
    r"(?:\s(?:(?:ар|азр|азербайджанской\sреспублики|азербайджана)(?!\w)|"
    r"of\s(?:the\s)?(?:republic\sof\s)?azerbaijan))?"
)
_STATE = rf"(?:\s(?:of\s)?(?P<state>{'|'.join(_STATES.values())})(?!\w))?"
_SHORT = "|".join(sorted({form for act in ACTS for form in act.short}, key=len, reverse=True))
_FULL = "|".join(form for act in ACTS for form in act.full)
_TITLE = r"\"[^\"\n]{4,120}\""
# Laws and treaties by name. What stands before `haqqında qanun` and `Konvensiyası` is found by `law`.
_NAMED = (
    rf"{_TITLE}\s(?:\w{{2,20}}\s){{0,2}}?(?:qanun|kanun)\w{{0,8}}|(?:haqqinda|hakkinda)\s(?:(?:ar|azerbaycan\srespublikasi\w{{0,4}})\s)?(?:qanun|kanun)\w{{0,8}}|"
    r"konvensiya\w{0,8}|sozlesme\w{0,8}|минск\w{2,3}\sконвенци\w|кишиневск\w{2,3}\sконвенци\w|"
    r"гаагск\w{2,3}\sконвенци\w|конвенци\w(?:\sо\s\w{3,20}(?:\s\w{1,20}){0,6}?)?|"
    rf"закон\w{{0,2}}(?:\s(?:ар|азербайджанской\sреспублики))?\s{_TITLE}|закон\w{{0,2}}\sобо?\s\w{{3,30}}|"
    rf"закон\w{{0,2}}\sо\s(?:(?:прав|защит|статус)\w{{0,4}}\s\w{{3,20}}|\w{{3,30}})|"
    r"(?:(?!of|the|and|under)[a-z]{3,12}\s)?(?:law|convention)\son\s(?:the\s)?\w{3,20}"
)
ACT = (
    rf"(?P<act>(?:\d{{3,4}}\s(?:sayili|sayli)\s)?{_HOME}"
    rf"(?:(?P<short>{_SHORT})(?!\w)|(?P<full>{_FULL})(?!\w)|(?P<named>{_NAMED})(?!\w)){_HOME_AFTER}{_STATE})"
)
"""A pattern for an act in folded text; group `short` must stand in capitals in the text."""

ACT_STARTS = prefixes_of(
    [*(form for act in ACTS for form in act.short),
     *(form for act in ACTS for form in act.full if form[0] != "("),
     "cinayet", "ceza", "emek", "is", "azerbaycan", "ar", "azr",
     "haqqinda", "hakkinda", "konvensiya", "sozlesme",
     "минская", "кишиневская", "гаагская", "конвенция", "закон", "law", "convention"]
)  # fmt: skip

_BY_SHORT = {form: act for act in ACTS for form in act.short}
_BY_FULL = tuple((re.compile("|".join(act.full)), act) for act in ACTS)
_BY_STATE = tuple((re.compile(forms), state) for state, forms in _STATES.items())


def code_name(short: str | None, full: str | None, state: str | None) -> str | None:
    """The name in values for a matched abbreviation or full name, folded; None where it is no known act."""
    act = _BY_SHORT.get(short or "")
    if act is None:
        act = next((known for pattern, known in _BY_FULL if full and pattern.fullmatch(full)), None)
    if act is None or state is None:
        return act.name if act else None
    country = next(name for pattern, name in _BY_STATE if pattern.fullmatch(state))
    return f"{(act.short or (act.name,))[-1].upper()} {country}"
