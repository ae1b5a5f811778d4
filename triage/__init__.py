"""Dərkənar's core: a document in, a routed and explained suggestion out.

from triage import Triager, read_file
suggestion = Triager.load(Path("models")).suggest(read_file("petition.pdf"))
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "bundle": ("Bundle",),
    "documents": ("Limits", "from_text", "read_bytes", "read_file"),
    "errors": ("TriageError",),
    "pipeline": ("Triager",),
    "schema": ("to_dict",),
    "types": ("Document", "Suggestion"),
}


def __getattr__(name: str) -> Any:
    """A public name, loaded when first asked for: who needs the taxonomy alone should not wait for spaCy."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"triage.{home}"), name)
    raise AttributeError(f"module 'triage' has no attribute {name!r}")
