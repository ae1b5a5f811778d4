"""Dərkənar's core: a document in, a routed and explained suggestion out.

from triage import Triager, read_file
suggestion = Triager.load(Path("models")).suggest(read_file("petition.pdf"))
"""

from triage.bundle import Bundle
from triage.documents import Limits, from_text, read_bytes, read_file
from triage.errors import TriageError
from triage.pipeline import Triager
from triage.schema import to_dict
from triage.types import Document, Suggestion

__all__ = [
    "Bundle",
    "Document",
    "Limits",
    "Suggestion",
    "TriageError",
    "Triager",
    "from_text",
    "read_bytes",
    "read_file",
    "to_dict",
]
