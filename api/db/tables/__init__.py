"""All tables; import from here, so that none is missing from the metadata."""

from api.db.tables.audit import Checkpoint, Event
from api.db.tables.base import Table
from api.db.tables.documents import (
    Batch,
    Blob,
    Decision,
    Document,
    Failure,
    IntakeRequest,
    NumberSeries,
    Reading,
    Suggestion,
    SuggestionContent,
    Switch,
)
from api.db.tables.people import ApiKey, User, UserSession

APPEND_ONLY = ("events", "checkpoints", "suggestions", "decisions", "failures", "switches")
"""Tables of which the database refuses to change or delete a row."""

BLANKABLE = {"readings": "pages", "suggestion_contents": "content"}
"""Tables of which only this column may be changed, and only to NULL."""

__all__ = [
    "APPEND_ONLY",
    "BLANKABLE",
    "ApiKey",
    "Batch",
    "Blob",
    "Checkpoint",
    "Decision",
    "Document",
    "Event",
    "Failure",
    "IntakeRequest",
    "NumberSeries",
    "Reading",
    "Suggestion",
    "SuggestionContent",
    "Switch",
    "Table",
    "User",
    "UserSession",
]
