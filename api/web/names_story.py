"""Words for codes of stories: events of the chain, links, letters, and what else happens to a paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.web.language import N_

EVENTS: Final[Mapping[str, str]] = {
    "audit.exported": N_("Audit events exported"), "audit.verified": N_("Audit chain verified"),
    "backup.made": N_("Backup made"),
    "backup.restored": N_("Restored from a backup"),
    "document.opened": N_("Opened at the desk"),
    "bundle.read": N_("Model looked at"), "bundles.compared": N_("Models compared"),
    "demo.begun": N_("Demonstration begun"), "demo.filled": N_("Demonstration filled"),
    "policy.proposed": N_("Change of the rules proposed"), "policy.tried": N_("Change of the rules tried"),
    "policy.approved": N_("Change of the rules approved"), "policy.refused": N_("Change of the rules refused"),
    "absence.made": N_("Absence entered"), "absence.cancelled": N_("Absence cancelled"),
    "decision.made": N_("Decided"), "decision.proposed": N_("Decision proposed"),
    "decision.refused": N_("Proposed decision refused"), "decision.undone": N_("Decision taken back"),
    "decisions.exported": N_("Decisions exported for training"),
    "department.changed": N_("Department opened or closed"),
    "disposal.proposed": N_("Disposal proposed"), "disposal.approved": N_("Disposal approved"),
    "disposal.refused": N_("Disposal refused"), "disposal.carried_out": N_("Disposal carried out"),
    "disposal.left_out": N_("Left out of a disposal"), "disposal.read": N_("Disposal looked at"),
    "disposal.certificate_read": N_("Certificate of disposal opened"), "disposals.listed": N_("Disposals listed"),
    "document.accepted": N_("Accepted by the department"), "document.returned": N_("Returned by the department"),
    "document.not_accepted": N_("Not accepted in time"), "document.assigned": N_("Assigned"),
    "document.claimed": N_("Taken from the queue"), "document.released": N_("Put back into the queue"),
    "document.decisions_read": N_("Decisions looked at"), "document.handovers_read": N_("Handovers looked at"),
    "document.links_read": N_("Links looked at"), "document.related_read": N_("Related papers looked at"),
    "document.record_read": N_("Story read"), "document.linked": N_("Linked with another paper"),
    "document.unlinked": N_("Link with another paper taken away"), "document.merged": N_("Merged"),
    "document.split": N_("Split"), "document.part_added": N_("Became a part of another paper"),
    "document.part_removed": N_("No longer a part of another paper"),
    "document.recalled": N_("Called back from a closed department"), "document.rose": N_("Moved up: nobody took it"),
    "document.withdrawn": N_("Withdrawn"), "document.disposed": N_("Disposed of"),
    "documents.grouped": N_("Groups of similar papers looked at"), "figures.read": N_("Figures looked at"),
    "hold.set": N_("Legal hold set"), "hold.ended": N_("Legal hold ended"),
    "holds.read": N_("Legal holds looked at"), "inbox.listed": N_("Papers of departments listed"),
    "member.changed": N_("Languages of a colleague changed"), "notice.made": N_("Letter made"),
    "notice.read": N_("Letter opened"), "notice.sent": N_("Letter sent"), "notices.listed": N_("Letters listed"),
    "queue.listed": N_("Queue listed"), "retention.listed": N_("Papers due for disposal listed"),
    "sample.drawn": N_("Sample drawn"), "sample.item_opened": N_("Paper of a sample opened"),
    "sample.judged": N_("Paper of a sample judged"), "sample.read": N_("Sample looked at"),
    "search.made": N_("Searched"), "user.mail_chosen": N_("Mail of notifications chosen"),
    "clock.warned": N_("Time limit is near"), "clock.overdue": N_("Time limit has passed"),
    "webhook.created": N_("Webhook made"), "webhook.disabled": N_("Webhook switched off"),
    "webhook.enabled": N_("Webhook switched on"), "webhook.tested": N_("Webhook tested"),
    "webhook.secret_rotated": N_("Secret of a webhook renewed"),
    "webhook.delivery_retried": N_("Message of a webhook sent again"),
}  # fmt: skip
"""What the chain says was done, beside what `names.py` has."""

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "event": EVENTS,
    "event_group": {
        "document.": N_("A paper"), "decision.": N_("A decision"), "notice.": N_("Letters"),
        "hold.": N_("Legal holds"), "search.": N_("Search"), "session.": N_("Signing in"), "user.": N_("Users"),
        "key.": N_("Keys"), "automation.": N_("Automation"), "department.": N_("Departments"),
        "sample.": N_("Samples"), "disposal.": N_("Disposals"), "policy.": N_("Rules"), "webhook.": N_("Webhooks"),
        "absence.": N_("Absences"), "audit.": N_("The chain itself"),
    },
    "actor": {"system": N_("The service"), "anonymous": N_("Nobody signed in")},
    "link": {
        "duplicate": N_("The same paper again"), "near": N_("Nearly the same text"),
        "person": N_("The same person"), "case": N_("The same case"), "part": N_("A part of the other"),
    },
    "trait": {
        "bytes": N_("the file, byte for byte"), "near": N_("the text"), "text": N_("the text"),
        "fin": N_("the personal code (FİN)"), "name": N_("the name"), "birth": N_("the date of birth"),
        "phone": N_("the telephone number"), "email": N_("the e-mail address"), "address": N_("the address"),
        "case": N_("the case number"), "subject": N_("the subject"),
    },
    "notice": {
        "registered": N_("Letter of registration"), "forwarded": N_("Letter of forwarding"),
        "returned": N_("Letter that it cannot be read"),
    },
    "way": {
        "post": N_("by post"), "email": N_("by e-mail"), "hand": N_("by hand"), "portal": N_("through the portal"),
    },
    "script": {"latin": N_("Latin script"), "cyrillic": N_("Cyrillic script"), "other": N_("another script")},
    "threshold": {
        "candidate_error": N_("Error allowed among candidates"),
        "candidate_probability": N_("A department is a candidate from"),
        "automation_error": N_("Error allowed without a person"),
        "route_probability": N_("Routed without a person from"),
        "immediate_probability": N_("Danger is assumed from"),
        "novelty_similarity": N_("Least likeness to what was learned"),
        "known_share": N_("Least share of known words"),
        "ocr_confidence": N_("Least certainty of text recognition"),
        "language_probability": N_("Least certainty of the language"),
        "also_probability": N_("A second matter counts from"),
    },
    "outcome": {
        "same": N_("Made again, byte for byte."),
        "different": N_("What was made again differs from the record."),
        "bundle_missing": N_("The model that made the suggestion is not installed any more."),
        "original_missing": N_("The original cannot be read from the store."),
        "erased": N_("The content is erased, so that nothing can be made again."),
    },
    "field": {
        "document_type": N_("Type"), "subject": N_("Subject"), "territory": N_("Place"),
        "department": N_("Department"), "unit": N_("Unit"), "urgency": N_("Urgency"),
        "entities": N_("Names and numbers"),
    },
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""
