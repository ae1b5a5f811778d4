"""All tables; import from here, so that none is missing from the metadata."""

from api.db.tables.audit import Checkpoint, Event
from api.db.tables.base import Table
from api.db.tables.documents import (
    Batch,
    Blob,
    Decision,
    DecisionContent,
    Document,
    Failure,
    IntakeRequest,
    Layout,
    NumberSeries,
    Reading,
    Suggestion,
    SuggestionContent,
    Switch,
)
from api.db.tables.measures import Measure
from api.db.tables.people import ApiKey, User, UserSession
from api.db.tables.records import (
    Disposal,
    DisposalItem,
    LegalHold,
    Link,
    Notice,
    NoticeOrder,
    NoticeSending,
    SearchEntry,
    Trait,
)
from api.db.tables.rules import BundleComparison, Policy, PolicyVerdict
from api.db.tables.work import (
    Absence,
    Delivery,
    DepartmentState,
    Figure,
    Handover,
    Notification,
    Remark,
    Sample,
    SampleItem,
    SampleVerdict,
    SavedView,
    Webhook,
)

APPEND_ONLY = (
    "events", "checkpoints", "suggestions", "decisions", "failures", "switches", "handovers", "department_states",
    "samples", "sample_items", "sample_verdicts", "links", "notices", "notice_sendings", "legal_holds",
    "disposal_items", "policies", "policy_verdicts", "bundle_comparisons",
)  # fmt: skip
"""Tables of which the database refuses to change or delete a row."""

BLANKABLE = {
    "readings": "pages", "layouts": "words", "suggestion_contents": "content", "decision_contents": "content",
    "remarks": "words",
}  # fmt: skip
"""Tables of which only this column may be changed, and only to NULL."""

__all__ = [
    "APPEND_ONLY",
    "BLANKABLE",
    "Absence",
    "ApiKey",
    "Batch",
    "Blob",
    "BundleComparison",
    "Checkpoint",
    "Decision",
    "DecisionContent",
    "Delivery",
    "DepartmentState",
    "Disposal",
    "DisposalItem",
    "Document",
    "Event",
    "Failure",
    "Figure",
    "Handover",
    "IntakeRequest",
    "Layout",
    "LegalHold",
    "Link",
    "Measure",
    "Notice",
    "NoticeOrder",
    "NoticeSending",
    "Notification",
    "NumberSeries",
    "Policy",
    "PolicyVerdict",
    "Reading",
    "Remark",
    "Sample",
    "SampleItem",
    "SampleVerdict",
    "SavedView",
    "SearchEntry",
    "Suggestion",
    "SuggestionContent",
    "Switch",
    "Table",
    "Trait",
    "User",
    "UserSession",
    "Webhook",
]
