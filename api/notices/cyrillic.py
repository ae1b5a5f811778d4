"""Azerbaijani from the Latin alphabet into the Cyrillic one of 1958: what `triage.text.cyrillic` does, turned round."""

from __future__ import annotations

_LOWER = str.maketrans("abcçdeəfgğhxıijkqlmnoöprsştuüvyzw", "абҹчдеәфҝғһхыижкглмноөпрсштуүвјзв")
_UPPER = str.maketrans("ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZW", "АБҸЧДЕӘФҜҒҺХЫИЖКГЛМНОӨПРСШТУҮВЈЗВ")


def az_to_cyrillic(text: str) -> str:
    """Latin letters of Azerbaijani as Cyrillic ones, a letter for a letter, case kept; everything else as it is."""
    return text.translate(_LOWER).translate(_UPPER)
