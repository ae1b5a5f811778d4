"""What the machine may do by itself: nothing, until it is switched on for all, for the department and for the subject.

Until then people decide, and what the machine would have done is recorded as its shadow and compared with them. A
switch takes effect at once: transactions that decide hold the switches, one that changes a switch waits for them and
lets none in. So when a change is answered, nothing that was decided by the former state is still to be committed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import SYSTEM, Permission, Principal
from api.automation import repository
from api.automation.interval import clopper_pearson
from api.automation.repository import Count
from api.automation.schemas import AutomationOut, Scope, ShadowOut, ShadowRow, SwitchIn, SwitchOut
from api.db.tables import Decision, Document, Suggestion, Switch
from api.departments import service as departments
from api.deps import Services
from api.errors import InvalidError, NotFoundError
from api.review import waiting


def automation_allows(session: Session, department: str, subject: str) -> bool:
    """Whether a paper of this subject may be routed to this department unread; stays so until the commit."""
    repository.hold(session)
    wanted = (("all", ""), ("department", department), ("subject", subject))
    switches = repository.newest(session, wanted)
    return len(switches) == len(wanted) and all(switch.on for switch in switches)


def decide(services: Services, session: Session, document: Document, suggestion: Suggestion) -> None:
    """Decide on a paper by its newest suggestion: route it, or put it before a person, with a shadow or without.

    Nothing is routed to a closed department; the shadow then says so, and which department is proposed instead.
    `document` must be locked, `suggestion` be flushed, with facts of today's form.
    """
    facts = suggestion.facts
    if facts["decision"] != "route" or document.returns:  # what a department sent back stays with people
        waiting.wait(document, services.now())
        lifecycle.waits(services, session, document)
        return
    subject = facts["subject"]["label"]
    with session.no_autoflush:  # the paper's row is written once, with the decision
        is_open, successor = departments.open_for(session, facts["department"], facts["unit"])
        allowed = is_open and automation_allows(session, facts["department"], subject)
    kind: Literal["policy", "shadow"] = "policy" if allowed else "shadow"
    closed = {} if is_open else {"closed": True, "successor": successor}
    decision = Decision(
        document_id=document.id,
        suggestion_id=suggestion.id,
        kind=kind,
        actor=SYSTEM.id,
        actor_name=SYSTEM.name,
        department=facts["department"],
        unit=facts["unit"],
        facts={"subject": subject, "rule": facts["rule"], "confidence": facts["confidence"], **closed},
    )
    repository.add(session, decision)
    if allowed:
        document.decision_id = decision.id
        document.department, document.unit = decision.department, decision.unit
        waiting.leave(document, "routed", services.now())
    else:
        waiting.wait(document, services.now())
    action = "document.routed" if allowed else "document.shadowed"
    append(session, SYSTEM.id, action, document.id, department=decision.department, **recorded(decision))
    if allowed:
        lifecycle.decided(services, session, document, decision)
    else:
        lifecycle.waits(services, session, document)


def switches(services: Services, who: Principal) -> AutomationOut:
    """All switches of the taxonomy, set or not."""
    who.require(Permission.READ_AUTOMATION)
    with services.database.transaction() as session:
        rows = {(row.scope, row.value): row for row in repository.newest(session)}
    main = rows.get(("all", ""))
    live = main is not None and main.on

    def shown(scope: Scope, value: str) -> SwitchOut:
        return _shown(scope, value, rows.get((scope, value)), live)

    return AutomationOut(
        all=shown("all", ""),
        departments=[shown("department", value) for value in services.taxonomy.departments],
        subjects=[shown("subject", value) for value in services.taxonomy.subjects],
    )


def change(services: Services, who: Principal, scope: Scope, value: str, wanted: SwitchIn) -> SwitchOut:
    """Set a switch. When this returns, no decision by its former state is committed any more.

    Raises NotFoundError for a department or subject that the taxonomy does not have, InvalidError for a blank reason.
    """
    who.require(Permission.CHANGE_AUTOMATION)
    known = {"all": ("",), "department": services.taxonomy.departments, "subject": services.taxonomy.subjects}
    if value not in known[scope]:
        raise NotFoundError(f"There is no such {scope}. Choose one of the list of switches.")
    if not wanted.reason.strip():
        raise InvalidError("Give a reason: it is kept with the switch.")
    with services.database.transaction() as session:
        repository.hold_alone(session)
        reason = wanted.reason.strip()
        row = Switch(scope=scope, value=value, on=wanted.on, actor=who.id, reason=reason)
        repository.add(session, row)
        append(
            session,
            who.id,
            "automation.changed",
            None,
            scope=scope,
            value=value,
            on=wanted.on,
            **recorded(row),
        )
        main = repository.newest(session, [("all", "")])
    return _shown(scope, value, row, bool(main) and main[0].on)


def shadow(services: Services, who: Principal, since: datetime | None = None) -> ShadowOut:
    """How the machine's would-be decisions compare with people's, of all time or since a moment."""
    who.require(Permission.READ_AUTOMATION)
    if since is not None and since.tzinfo is None:
        raise InvalidError("The time has no time zone. Send it as 2026-03-02T09:30:00+04:00.")
    with services.database.transaction() as session:
        counts = repository.shadow_counts(session, since)
    total = Count(
        "", None, sum(c.shadows for c in counts), sum(c.judged for c in counts), sum(c.agreed for c in counts)
    )
    return ShadowOut(since=since, total=_scored(total), rows=[_scored(count) for count in counts])


def _shown(scope: Scope, value: str, row: Switch | None, live: bool) -> SwitchOut:
    if row is None:
        return SwitchOut(scope=scope, value=value, on=False, effective=False)
    return SwitchOut(
        scope=scope, value=value, on=row.on, effective=row.on and live, at=row.at, actor=row.actor,
        reason=row.reason,
    )  # fmt: skip


def _scored(count: Count) -> ShadowRow:
    low, high = clopper_pearson(count.agreed, count.judged)
    share = count.agreed / count.judged if count.judged else None
    return ShadowRow(**count._asdict(), share=share, low=low, high=high)
