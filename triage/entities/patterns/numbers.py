"""Numbers written in words, in folded spelling (`fold`): Azerbaijani, Turkish, Russian, English."""

from __future__ import annotations

from decimal import Decimal

_UNITS = {
    "bir": 1, "iki": 2, "uc": 3, "dord": 4, "dort": 4, "bes": 5, "alti": 6, "yeddi": 7, "yedi": 7,
    "sekkiz": 8, "sekiz": 8, "doqquz": 9, "dokuz": 9, "on": 10, "iyirmi": 20, "yirmi": 20, "otuz": 30,
    "qirx": 40, "kirk": 40, "elli": 50, "altmis": 60, "yetmis": 70, "seksen": 80, "doxsan": 90, "doksan": 90,
    "один": 1, "одна": 1, "одного": 1, "два": 2, "две": 2, "двух": 2, "три": 3, "четыре": 4, "пять": 5,
    "шесть": 6, "семь": 7, "восемь": 8, "девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12,
    "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17,
    "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50,
    "шестьдесят": 60, "семьдесят": 70, "восемьдесят": 80, "девяносто": 90, "сто": 100, "двести": 200,
    "триста": 300, "четыреста": 400, "пятьсот": 500, "шестьсот": 600, "семьсот": 700, "восемьсот": 800,
    "девятьсот": 900,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {
    "min": 1000, "bin": 1000, "тыс": 1000, "тысяча": 1000, "тысячи": 1000, "тысяч": 1000, "тысячу": 1000,
    "thousand": 1000, "k": 1000,
    "milyon": 10**6, "mln": 10**6, "млн": 10**6, "миллион": 10**6, "миллиона": 10**6, "миллионов": 10**6,
    "million": 10**6, "milyard": 10**9, "milyar": 10**9, "mlrd": 10**9, "млрд": 10**9, "миллиард": 10**9,
    "миллиарда": 10**9, "миллиардов": 10**9, "billion": 10**9,
}  # fmt: skip
_HUNDREDS = {"yuz": 100, "hundred": 100}

NUMBER_WORDS = (*_UNITS, *SCALES, *_HUNDREDS)


def alternation(words: tuple[str, ...]) -> str:
    """A regular expression's alternatives, longest first, so that no word hides a longer one."""
    return "|".join(sorted(words, key=len, reverse=True))


def words_value(words: list[str]) -> Decimal | None:
    """The number that folded words spell (`alti min bes yuz` -> 6500); None where one is no number word."""
    total, part = 0, 0
    for word in words:
        if word in _UNITS:
            part += _UNITS[word]
        elif word in _HUNDREDS:
            part = max(part, 1) * 100
        elif word in SCALES:
            total, part = total + max(part, 1) * SCALES[word], 0
        else:
            return None
    return Decimal(total + part) if words else None
