"""Words for codes at the desk: what is found in a text, and in a word why a person must look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.web.language import N_

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "entity": {
        "PERSON": N_("Person"), "ORG": N_("Body or firm"), "LOC": N_("Place name"), "DATE": N_("Date"),
        "MONEY": N_("Sum of money"), "LEGAL_REF": N_("Article of law"), "CASE_NO": N_("Case number"),
        "FIN": N_("Personal code (FİN)"), "ID_DOC": N_("Identity document"), "VOEN": N_("Tax number (VÖEN)"),
        "PHONE": N_("Telephone"), "EMAIL": N_("E-mail address"), "IBAN": N_("Bank account (IBAN)"),
        "CARD": N_("Bank card"), "PLATE": N_("Number plate"),
    },
    "entity_role": {
        "applicant": N_("who writes"), "complained_of": N_("who is complained of"), "victim": N_("who suffered"),
    },
    "review_short": {
        "low_confidence": N_("not sure"), "several_departments": N_("several departments"),
        "unreadable": N_("unreadable"), "empty": N_("empty"), "truncated": N_("cut off"),
        "unsupported_language": N_("language"), "new_topic": N_("unlike others"),
        "always_review": N_("always looked at"), "urgent": N_("danger"),
        "conflict_of_interest": N_("own office"), "instructions_in_text": N_("orders to the machine"),
    },
    "event": {"document.opened": N_("Opened at the desk")},
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""

GROUPS: Final[Mapping[str, str]] = {
    "PERSON": "who",
    "ORG": "body",
    "LOC": "place",
    "DATE": "plain",
    "MONEY": "plain",
}
"""How what is found in a text is drawn; all other labels are identifying numbers: `id`."""
