"""Words for codes of the competence rules and of bundles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.web.language import N_

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "condition": {
        "document_type": N_("Type"), "subject": N_("Subject"), "subject_group": N_("Subjects"),
        "territory": N_("Place"), "territory_group": N_("Where"),
    },
    "subject_group": {
        "criminal": N_("Crimes"), "supervision": N_("Lawfulness of an investigation or detention"),
        "non_criminal": N_("Matters outside criminal law"),
    },
    "territory_group": {
        "baku": N_("In Baku"), "nakhchivan": N_("In Nakhchivan"),
        "territorial": N_("In other districts and cities"),
    },
    "policy": {
        "proposed": N_("Waits for approval"), "refused": N_("Refused"), "coming": N_("Comes into force"),
        "in_force": N_("In force"), "past": N_("Replaced"),
    },
    "rule_change": {
        "same": N_("As it was"), "changed": N_("Changed"), "moved": N_("Moved"), "added": N_("New"),
        "removed": N_("Taken out"),
    },
    "event": {
        "policy.proposed": N_("Change of the rules proposed"), "policy.approved": N_("Change of the rules approved"),
        "policy.refused": N_("Change of the rules refused"), "policy.tried": N_("Rules tried on papers"),
        "bundle.read": N_("Model looked at"), "bundles.compared": N_("Models compared"),
    },
    "basis": {"suggested": N_("As suggested"), "decided": N_("As a person decided")},
    "bundle": {
        "active": N_("Active"), "candidate": N_("Candidate"), "retired": N_("Retired"), "gone": N_("Not here any more"),
    },
    "compared": {
        "department": N_("The same department"), "subject": N_("The same subject"),
        "document_type": N_("The same type"), "territory": N_("The same place"),
        "urgency": N_("The same urgency"),
    },
    "threshold": {
        "candidate_error": N_("The right department is not among the candidates, at most"),
        "candidate_probability": N_("A department is a candidate from"),
        "automation_error": N_("Errors among papers routed unread, at most"),
        "route_probability": N_("A paper may be routed unread from"),
        "novelty_similarity": N_("A topic is new below a likeness of"),
        "immediate_probability": N_("Immediate danger is assumed from"),
        "known_share": N_("A text is unreadable below a share of known words of"),
        "ocr_confidence": N_("A recognised text is unreadable below"),
        "language_probability": N_("A language is not told below"),
        "also_probability": N_("A second matter counts from"),
    },
    "metric": {
        "subject": N_("Subject is right"), "subject top 3": N_("Subject is among the first three"),
        "document_type": N_("Type is right"), "department": N_("Department is right"),
        "territory": N_("Place is right"), "urgency": N_("Urgency is right"),
        "language": N_("Language is right"), "script": N_("Script is right"),
        "department (decidable)": N_("Department is right, where the text tells it"),
        "subject macro-F1": N_("Subject, all subjects alike (F1)"),
        "document_type macro-F1": N_("Type, all types alike (F1)"),
        "urgency macro-F1": N_("Urgency, all degrees alike (F1)"),
        "subject calibration error": N_("Subject: error of the probability"),
        "document_type calibration error": N_("Type: error of the probability"),
        "immediate recall": N_("Immediate danger that is found"),
        "immediate precision": N_("Found immediate danger that is one"),
        "automation at 1% error": N_("Could go unread at 1 %% of errors"),
        "automation at 2% error": N_("Could go unread at 2 %% of errors"),
        "automation at 5% error": N_("Could go unread at 5 %% of errors"),
        "routed, of the decidable": N_("Routed unread, of papers whose text tells the department"),
        "routed, of those that need a person": N_("Routed unread, of papers that need a person"),
        "candidates hold the department": N_("Right department is among the candidates"),
        "candidates, mean size": N_("Candidates for a paper, on average"),
        "entity F1 all": N_("Names and numbers, all kinds (F1)"), "entity F1 PERSON": N_("Persons (F1)"),
        "entity F1 ORG": N_("Bodies (F1)"), "entity F1 LOC": N_("Places in the text (F1)"),
        "entity F1 DATE": N_("Dates (F1)"), "entity F1 MONEY": N_("Sums of money (F1)"),
        "entity F1 LEGAL_REF": N_("Articles of law (F1)"), "entity F1 CASE_NO": N_("Case numbers (F1)"),
        "entity F1 FIN": N_("Personal numbers (F1)"), "entity F1 ID_DOC": N_("Identity documents (F1)"),
        "entity F1 VOEN": N_("Tax numbers (F1)"), "entity F1 PHONE": N_("Telephone numbers (F1)"),
        "entity F1 EMAIL": N_("E-mail addresses (F1)"), "entity F1 IBAN": N_("Bank accounts (F1)"),
        "entity F1 CARD": N_("Bank cards (F1)"), "entity F1 PLATE": N_("Number plates (F1)"),
        "role F1 all": N_("Roles of persons and bodies, all (F1)"), "role F1 applicant": N_("Applicant (F1)"),
        "role F1 complained_of": N_("Complained of (F1)"), "role F1 victim": N_("Victim (F1)"),
    },
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""
