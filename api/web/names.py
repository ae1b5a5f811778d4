"""Words for codes: what the service calls by a code and people by a name.

Names of the office's own labels come from the taxonomy, where it has them in the reader's language; otherwise the
English name is a message of the catalogues (`i18n/*/names.po`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.auth.permissions import Permission
from api.web import names_desk, names_figures, names_housekeeping, names_rules, names_story
from api.web.language import N_, Words
from triage.taxonomy import Taxonomy

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "state": {
        "registered": N_("Registered"), "reading": N_("Being read"), "review": N_("With a clerk"),
        "routed": N_("Routed"), "accepted": N_("Accepted"), "outside": N_("Sent outside"), "closed": N_("Closed"),
        "failed": N_("Could not be read"), "erased": N_("Erased"), "disposed": N_("Disposed of"),
    },
    "urgency": {"immediate": N_("Immediate"), "high": N_("High"), "normal": N_("Normal")},
    "role": {
        "clerk": N_("Clerk"), "officer": N_("Department officer"), "supervisor": N_("Supervisor"),
        "administrator": N_("Administrator"),
    },
    "channel": {
        "paper": N_("On paper"), "mail": N_("E-mail"), "portal": N_("Portal"), "court": N_("Court"),
        "desk": N_("Reception desk"), "api": N_("Another system"),
    },
    "clock": {
        "running": N_("Running"), "warning": N_("Due soon"), "due": N_("Due today"), "overdue": N_("Overdue"),
        "none": N_("No time limit"),
    },
    "desk": {"clerk": N_("Clerk"), "second": N_("Second person"), "supervisor": N_("Supervisor")},
    "language": {
        "az": N_("Azerbaijani"), "en": N_("English"), "ru": N_("Russian"), "tr": N_("Turkish"),
        "other": N_("Other language"),
    },
    "review_reason": {
        "low_confidence": N_("The service is not sure enough."),
        "several_departments": N_("More than one department is possible."),
        "unreadable": N_("The text cannot be read."),
        "empty": N_("There is no text in it."),
        "truncated": N_("It is too long: only a part was read."),
        "unsupported_language": N_("It is in a language that the service does not read."),
        "new_topic": N_("It is unlike anything the service has learned."),
        "always_review": N_("Papers on this subject always go to a person."),
        "urgent": N_("Somebody may be in danger."),
        "conflict_of_interest": N_("It concerns the office that it would go to."),
        "instructions_in_text": N_("Its text gives orders to the machine."),
    },
    "action": {
        "route": N_("Route"), "outside": N_("Send outside"), "unreadable": N_("Unreadable"),
        "duplicate": N_("Duplicate"), "merge": N_("Merge"), "split": N_("Split"), "escalate": N_("Escalate"),
        "undo": N_("Undo"),
    },
    "failure": {
        "interrupted": N_("Reading was cut off."), "internal": N_("Something unexpected happened."),
        "unreadable_document": N_("The file cannot be read."), "empty_file": N_("The file is empty."),
        "encrypted": N_("The file is protected by a password."), "corrupt": N_("The file is damaged or cut."),
        "too_large": N_("The file is too large to be read."), "page_missing": N_("There is no such page."),
        "unsupported_format": N_("Files of this kind cannot be read."),
        "ocr_unavailable": N_("Text recognition is not installed."), "ocr_failed": N_("Text recognition failed."),
        "out_of_memory": N_("There was not enough memory."), "input_output": N_("The disk or network failed."),
        "missing_original": N_("The original is not in the store."),
        "damaged_original": N_("The original in the store is damaged."),
        "wrong_store_key": N_("The key of the store is wrong."),
    },
    "job": {"todo": N_("Waiting"), "doing": N_("Running"), "failed": N_("Failed"), "succeeded": N_("Done")},
    "event": {
        "document.registered": N_("Registered"), "document.read": N_("Looked at"),
        "document.original_read": N_("Original opened"), "document.page_read": N_("Page looked at"),
        "document.layout_read": N_("Text on a page looked at"),
        "document.text_read": N_("Text read"), "document.suggestion_read": N_("Suggestion read"),
        "document.history_read": N_("History read"), "document.failures_read": N_("Failed attempts read"),
        "document.suggested": N_("Suggestion made"), "document.shadowed": N_("Would have been routed automatically"),
        "document.routed": N_("Routed"), "document.unreadable": N_("Could not be read"),
        "document.attempt_failed": N_("An attempt failed"), "document.failed": N_("Given up after failed attempts"),
        "document.retried": N_("To be read again"), "document.replayed": N_("Suggestion made again and compared"),
        "document.erased": N_("Content erased"), "documents.listed": N_("Listed"),
        "document.card_made": N_("Registration card made"),
        "document.clock_warned": N_("Time limit is near"), "document.clock_overdue": N_("Time limit has passed"),
        "automation.changed": N_("Automation switched"), "automation.read": N_("Automation looked at"),
        "audit.events_read": N_("Audit events read"), "audit.read": N_("Audit looked at"),
        "chain.started": N_("Audit chain begun"),
        "session.opened": N_("Signed in"), "session.ended": N_("Signed out"),
        "session.refused": N_("Signing in refused"), "session.second_factor": N_("Second factor given"),
        "user.created": N_("User made"), "user.changed": N_("User changed"), "user.disabled": N_("User shut out"),
        "user.enabled": N_("User let in again"), "user.unlocked": N_("Account opened"),
        "user.password_reset": N_("Password reset"), "user.password_changed": N_("Password changed"),
        "user.totp_begun": N_("Second factor begun"), "user.totp_confirmed": N_("Second factor set up"),
        "user.totp_reset": N_("Second factor reset"), "user.oidc_bound": N_("Bound to the sign-in provider"),
        "user.language_changed": N_("Language changed"),
        "key.created": N_("Key made"), "key.revoked": N_("Key revoked"),
    },
    "scope": {
        Permission.SUBMIT: N_("Register papers"), Permission.READ: N_("Read papers"),
        Permission.READ_SYSTEM: N_("Read the state of the service"),
    },
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""
_MORE = (
    names_story.CODES,
    names_figures.CODES,
    names_desk.CODES,
    names_housekeeping.CODES,
    names_rules.CODES,
)
"""The same for parts of the pages that have files of their own."""
_TAXONOMY = {"document_type": "document_types", "subject": "subjects", "department": "departments"}


def name(words: Words, taxonomy: Taxonomy, kind: str, code: str | None) -> str:
    """The name of a code in the reader's language; an unknown code as it is, none as a dash."""
    if code is None:
        return "—"
    if kind == "unit":
        return words.text(taxonomy.unit_names.get(code, code).replace("%", "%%"))
    if kind in _TAXONOMY:
        return _label(words, taxonomy, _TAXONOMY[kind], code)
    tables = [table[kind] for table in (CODES, *_MORE) if kind in table]
    return words.text(next((table[code] for table in tables if code in table), code))


def ground(words: Words, sentence: str) -> str:
    """The ground of a competence rule."""
    return words.text(sentence.replace("%", "%%"))


def _label(words: Words, taxonomy: Taxonomy, kind: str, code: str) -> str:
    told = taxonomy.names.get((kind, code), {})
    return told.get(words.code) or words.text(told.get("en", code).replace("%", "%%"))
