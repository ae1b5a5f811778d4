"""Explicit signals in the wording: of urgency, and of instructions addressed to the reading machine.

Urgency signals follow the definitions of the taxonomy (`urgency`): a danger to life, health or a child now,
someone held without a court, a legal time limit near, evidence about to be lost. They are features of the
urgency model and are shown as evidence; alone they decide nothing. Patterns run on the folded text
(`triage.text.fold`: lower case, Azerbaijani and Turkish letters without their marks), so one pattern serves
every spelling. Repetition is bounded everywhere, which keeps matching linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NEAR = r"[^.!?\n]{0,60}?"

_URGENCY = {
    "weapon_now": rf"""
        (?:bicag|bicaq|balta|tufeng|tapanca|silah|qumbara|partlayici|benzin|neft\ tok|bidon|kanistr){_NEAR}
        (?:bu\ gece|bu\ axsam|indi|hele\ de|qapi|heyetde|elinde|sabah)
        |(?:bu\ gece|bu\ axsam|indi|sabah){_NEAR}(?:bicag|balta|tufeng|tapanca|oldur|yandir|partlad|ke[sc]e?c[ae]|qan\ tok)
        |(?:нож|топор|ружь|пистолет|гранат|бензин|канистр|взрыв){_NEAR}(?:сейчас|сегодня|завтра|ночью|под\ двер|стоит)
        |(?:сегодня|ночью|завтра|сейчас){_NEAR}(?:убь|убить|зареж|сожж|подожж|взорв)
        |(?:tonight|right\ now){_NEAR}(?:kill|knife|gun|burn)|(?:knife|gun|bomb){_NEAR}(?:tonight|now|outside)
        |(?:bicak|silah|tabanca){_NEAR}(?:bu\ gece|su\ an|kapida)""",
    "death_threat": r"""
        (?:sag\ cix(?:may|mi)|oldurec|oldurer|olduracay|bogaz\w{0,4}\ kes|basini\ kes|qanini|gullele)
        |(?:убью|зарежу|прирежу|не\ доживешь|убьет|убить\ меня)|(?:oldurecek|seni\ vur)|(?:kill\ (?:me|us|him|her|you))""",
    "held_without_court": rf"""
        (?:ne\ (?:mehkeme|hakim|protokol|qerar|vekil)){_NEAR}(?:ne\ (?:mehkeme|hakim|protokol|qerar|vekil|kagiz))
        |(?:hakim|mehkeme){_NEAR}(?:qabagina\ cixar|gormeyib|uzu\ gor|olmayib)
        |(?:saxlay|tutub|aparib|gozaltin){_NEAR}(?:gundur|sutka|saatdir|saatdi|gun\ oldu)
        |(?:muddet\w{0, 5}){_NEAR}(?:bitib|qurtarib|kecib){_NEAR}(?:buraxm|saxla|kamera|icerid)
        |(?:суда\ не\ было|без\ (?:суда|постановления|протокола)|судь[ия]{_NEAR}не\ вид)
        |(?:держат|удерживают|увезли|забрали){_NEAR}(?:сутки|суток|часов|отдел)
        |(?:hakim\ karsisina\ cikaril|without\ (?:a\ )?(?:court|judge|warrant)|not\ been\ before\ any\ judge)""",
    "child_in_danger": rf"""
        (?:usaq|usag|korpe|balaca|qiz\w{{0,4}}|ogl\w{{0,4}}){_NEAR}
        (?:tek\ qal|kilid|qifil|pencere|acdir|baglay|zorla|qacir|kocurec|toyu|nisan)
        |(?:ребен\w{{0,4}}|дет[ия]\w{{0,3}}|дочь|сын){_NEAR}(?:одн[иа]|заперт|похи|увез|не\ вернул|голод)
        |(?:child|baby|daughter){_NEAR}(?:alone|locked|missing|taken)""",
    "abducted_now": rf"""
        (?:zorla|basib|mindirib){_NEAR}(?:apar|masin)|(?:masin\w{{0,3}}){_NEAR}(?:basib|mindirib|zorla)
        |(?:telefon\w{{0,3}}){_NEAR}(?:bagli|sonul|sonuk|kesil|susub){_NEAR}(?:saat|deqiqe|xeber)
        |(?:затолкали|силой\ посадили|увезли){_NEAR}(?:машин|телефон)|(?:forced\ into\ a\ car|kidnapp)""",
    "now_words": r"""
        \b(?:indi|hal-hazirda|hazirda|bu\ deqiqe|bu\ gece|bu\ axsam|bu\ gun|tecili|derhal|saatdir|deqiqe)\b
        |\b(?:сейчас|сегодня|немедленно|срочно|сию\ минуту|этой\ ночью|сутки)\b
        |\b(?:su\ an|hemen|bu\ gece|acil)\b|\b(?:right\ now|immediately|tonight|urgent(?:ly)?)\b""",
    "time_limit": rf"""
        (?:muddet|vaxt|srok|sikayet){_NEAR}(?:bir|iki|uc|1|2|3)\s?(?:-?\s?(?:gun|gunum|gune))
        |(?:bir|iki|uc|1|2|3)\ gun\w{{0,4}}{_NEAR}(?:qal(?:ib|ir|di|im)|bitir|tamam|sonra\ (?:vaxt|muddet))
        |(?:sabah|birisi\ gun|biri\ gun){_NEAR}(?:bitir|tamam|qurtarir|son\ gun|mehkeme|icra|baxac)
        |(?:срок|истека|остал[ои]сь){_NEAR}(?:завтра|послезавтра|(?:один|два|три|1|2|3)\ д)
        |(?:expires?|deadline|time\ limit){_NEAR}(?:tomorrow|(?:two|three|2|3)\ days)|(?:sure){_NEAR}(?:yarin|(?:iki|uc)\ gun)""",
    "evidence_lost": rf"""
        (?:kamera|video|yazi|goruntu|sened|subut|iz\w{{0,3}}){_NEAR}(?:silin|silir|silec|ustune\ yaz|itec|mehv|yox\ ed)
        |(?:запис|камер|видео|доказательств){_NEAR}(?:сотр|стир|удал|уничтож|затр|хран)
        |(?:footage|recording|evidence){_NEAR}(?:delet|overwrit|destroy)|(?:kayit|goruntu){_NEAR}silin""",
    "continuing": r"""
        (?:her\ gun|her\ gece|davam\ ed|dayanmir|yene\ (?:gelec|vurac|doy)|hele\ de|tehdid|hedele|hede-qorxu)
        |(?:каждый\ день|каждую\ ночь|продолжа|угрожа|угроз|не\ прекраща)|(?:every\ (?:day|night)|threaten)|(?:her\ gun|tehdit)""",
    "detained_person": r"""
        (?:tecridxana|hebsde|kamera(?:da|ya|dan)|saxlanma\ yer|muveqqeti\ saxla|karser|mehbus|mehkum)
        |(?:сизо|изолятор|под\ страж|камер[еу]|задержан|арестован)|(?:gozalti|tutuklu|cezaevi)|(?:detain|custody|cell\b)""",
    "bodily_harm": r"""
        (?:doyur|doyub|doyul|vurub|vurdu|vurur|qan\ icinde|sinib|sindir|bog(?:du|ur|maq)|siskin|goyer|yarala|xesarel?t|tikis)
        |(?:бьет|бил[аи]?\b|избил|избив|сломал|синяк|душил|кров|ударил)|(?:dov(?:uyor|du)|yarala)|(?:beat|bruis|strangl|wound)""",
}

_INSTRUCTION = r"""
    (?:ignore|disregard|forget)\ (?:all\ |any\ |the\ |your\ |my\ )*(?:previous|prior|above|earlier|other)\ ?\w{0,12}
    |(?:you\ are\ now|act\ as)\ (?:a|an|the)\ \w+|system\ prompt|language\ model|\bassistant\s*:|\bsystem\s*:
    |(?:mark|classify|label|route|treat|categori[sz]e)\ (?:this|the)\ (?:letter|document|text|petition|message|complaint)\b
    |(?:set|urgency|priority|category|department|subject|label|decision)\s?[=:]\s?["'«]?(?:immediate|urgent|high|route|corruption|[a-z]{3,}_[a-z]{3,})
    |(?:note|message|instruction)s?\ (?:to|for)\ (?:the\ )?(?:ai|system|machine|program|model|robot|classifier|algorithm)
    |(?:oxuyan|isleyen|ceviren|baxan|ceşidleyen|cesidleyen)\ (?:sistem|proqram|robot|masin|model|suni|alqoritm)
    |suni\ (?:intellekt|zeka|intelekt)\w{0,5}\s?(?:ucun|e\b|ye\b|:|-|,)|(?:sistem|proqram|robot|alqoritm|neyron)\w{0,3}\ (?:ucun|qeyd|telimat|emr|diqqetine)
    |(?:evvelki|yuxarida\w{0,6}|butun)\ (?:telimat|gosteris|emr|metn|qayda)\w{0,8}\ (?:unut|nezere\ alma|legv|sil|ehemiyyet)
    |yuxaridakilari\ nezere\ alma|(?:operator|insan|katib|emekdas)\w{0,3}\ (?:gosterme|yonlendirme)\b
    |(?:tecililik|movzu|sobe|idare|kateqoriya|qerar)\s?=\s?\w+
    |(?:игнорируй|забудь|не\ учитывай|отмени|проигнорируй)\w{0,4}\ (?:все\ |эти\ )?(?:предыдущ|прежн|прошл|инструкц|указан|выше)\w{0,6}
    |(?:искусственн\w{2,3}\ интеллект|нейросет|языков\w{2,3}\ модел|для\ (?:системы|программы|робота|ии)\b)
    |(?:классифицируй|отнеси|направь\ автоматически|присвой|пометь)\ ?(?:этот|данн|документ|письм|обращен|как)\w{0,6}
    |(?:onceki|yukaridaki)\ (?:talimat|komut)\w{0,6}\ (?:unut|yok\ say|dikkate\ alma|gormezden)|yapay\ zeka\w{0,4}\s?(?:icin|:)
"""

_PATTERNS = {name: re.compile(pattern, re.VERBOSE) for name, pattern in _URGENCY.items()}
_INSTRUCTION_PATTERN = re.compile(_INSTRUCTION, re.VERBOSE)
_LONGEST_INSTRUCTION = 600

URGENCY_SIGNALS = tuple(_PATTERNS)


@dataclass(frozen=True, slots=True)
class Signal:
    """A place in the text that matched; `kind` is one of `URGENCY_SIGNALS` or `instruction`."""

    kind: str
    start: int
    end: int


def urgency_signals(folded: str) -> list[Signal]:
    """Every match of every urgency signal, in the order of the text."""
    found = [
        Signal(kind, m.start(), m.end())
        for kind, pattern in _PATTERNS.items()
        for m in pattern.finditer(folded)
    ]
    return sorted(found, key=lambda s: (s.start, s.end))


def instructions(folded: str) -> list[Signal]:
    """Sentences that speak to a program instead of the office: from the first cue to the paragraph's end.

    Such text is masked before classification, so that it cannot move a route, and the paper goes to a person.
    """
    found: list[Signal] = []
    for match in _INSTRUCTION_PATTERN.finditer(folded):
        if found and match.start() < found[-1].end:
            continue
        start = _sentence_start(folded, match.start())
        end = _paragraph_end(folded, match.end())
        found.append(Signal("instruction", start, end))
    return found


def _sentence_start(text: str, at: int) -> int:
    window = text[max(0, at - _LONGEST_INSTRUCTION) : at]
    cut = max(window.rfind(mark) for mark in (".", "!", "?", "\n"))
    return at - (len(window) - 1 - cut)


def _paragraph_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    limit = at + _LONGEST_INSTRUCTION
    return min(limit, len(text) if end < 0 else end)
