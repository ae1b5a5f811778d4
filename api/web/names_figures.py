"""Words for the codes of figures and samples, as `names.py` has them for others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.web.language import N_

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "age": {
        "under_1_day": N_("Under 1 day"), "1_to_3_days": N_("1–3 days"), "3_to_7_days": N_("3–7 days"),
        "7_to_15_days": N_("7–15 days"), "over_15_days": N_("15 days and more"),
    },
    "field": {
        "document_type": N_("Document type"), "subject": N_("Subject"), "territory": N_("Place"),
        "department": N_("Department"), "unit": N_("Unit"), "urgency": N_("Urgency"),
    },
    "input": {
        "language": N_("Language"), "document_type": N_("Document type"), "subject": N_("Subject"),
        "certainty": N_("Certainty"), "length": N_("Length"), "distance": N_("Unlike what was learned"),
    },
    "reading": {"none": N_("No change"), "some": N_("Some change"), "strong": N_("Strong change")},
    "kind": {"policy": N_("By the service"), "person": N_("By a person")},
    "late": {"forward": N_("Sending on"), "answer": N_("Answering")},
    "lateness": {"waiting": N_("still undecided"), "decided": N_("decided too late")},
    "papers": {
        "registered": N_("Papers that came in"), "decided": N_("Papers decided on"),
        "judged": N_("Papers that people routed with a suggestion before them"),
        "queued": N_("Decided papers that had waited for a person"), "waiting": N_("Papers that wait for a person"),
        "undecided": N_("Papers on which nothing is decided"),
    },
    "progress": {
        "to_judge": N_("To be judged"), "to_settle": N_("Two differ"), "judged": N_("Judged"), "gone": N_("Erased"),
    },
    "by": {
        "language": N_("By language"), "office": N_("By office that received them"), "channel": N_("By channel"),
        "department": N_("By suggested department"), "bundle": N_("By model"), "reason": N_("By reason"),
        "field": N_("By field"), "unit": N_("By unit"), "subject": N_("By subject"),
    },
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""
