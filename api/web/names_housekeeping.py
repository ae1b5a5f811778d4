"""Words for codes of housekeeping: webhooks, retention, the calendar, and lists that an office decides on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.web.language import N_

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "webhook": {
        "paper.registered": N_("A paper is registered"), "decision.made": N_("A decision is made"),
        "decision.undone": N_("A decision is taken back"), "paper.accepted": N_("A department accepts a paper"),
        "paper.returned": N_("A department returns a paper"), "webhook.test": N_("Test message"),
    },
    "delivery": {"waiting": N_("On its way"), "delivered": N_("Delivered"), "failed": N_("Given up")},
    "delivery_error": {
        "address": N_("This address may not be called."), "name": N_("The name of the host is not known."),
        "status": N_("The other system refused it."), "timeout": N_("The other system did not answer in time."),
        "tls": N_("The secure connection failed."), "unreachable": N_("The other system cannot be reached."),
        "protocol": N_("The other system answered with something that is no HTTP."),
        "disabled": N_("The webhook was switched off."),
    },
    "disposal": {
        "proposed": N_("Waits for approval"), "approved": N_("Being carried out"), "carried_out": N_("Carried out"),
        "refused": N_("Refused"),
    },
    "why": {
        "gone": N_("Its content was gone already."), "open": N_("Work on it was taken up again."),
        "kept": N_("It is kept for ever."), "archive": N_("The archive gets it first."),
        "not_due": N_("Its time is not over."), "rule_changed": N_("Its rule has changed."),
        "held": N_("It is under a legal hold."), "proposed": N_("It is in another disposal."),
    },
    "keeping": {
        "dispose": N_("Disposal"), "transfer": N_("To the archive first"), "keep": N_("Kept for ever"),
    },
    "counted": {
        "closed": N_("from the day on which work was over"), "year": N_("from the new year after work was over"),
    },
    "wrong": {
        "subject": N_("the subject"), "territory": N_("the place"), "department": N_("the department"),
        "body": N_("it belongs to a body outside"),
    },
    "day_off": {
        "holiday": N_("Holiday"), "moved": N_("Moved here"), "decreed": N_("By decision"),
        "working": N_("Working day by decision"),
    },
    "holiday": {
        "New Year's Day": N_("New Year"), "Martyrs' Day": N_("Day of nationwide mourning"),
        "Women's Day": N_("Women's Day"), "Spring Festival": N_("Novruz"), "Eid al-Fitr": N_("Ramazan"),
        "Eid al-Adha": N_("Qurban"), "Victory over Fascism Day": N_("Day of Victory over Fascism"),
        "Independence Day": N_("Independence Day"),
        "National Liberation Day": N_("National Salvation Day"), "Armed Forces Day": N_("Armed Forces Day"),
        "Victory Day": N_("Victory Day"), "National Flag Day": N_("National Flag Day"),
        "International Azerbaijanis Solidarity Day": N_("Day of Solidarity of World Azerbaijanis"),
        "Day off": N_("Day off"), "Presidential elections": N_("Presidential election"),
        "Municipal elections": N_("Municipal election"),
    },
    "assignment": {"pull": N_("everybody takes the next paper"), "share": N_("who has least to do is given it")},
    "show_suggestion": {"first": N_("at once"), "after_choice": N_("after the clerk's own choice")},
    "notices": {"manual": N_("by hand"), "automatic": N_("by themselves")},
}  # fmt: skip
"""English names of codes, by kind. Every value is a message of the catalogues."""
