"""Changing the competence rules: one supervisor proposes, all can try them on papers, another one approves.

What is approved holds from the day that was proposed, at the earliest some seconds after the approval, for everything
that is suggested from then on: suggestions name the version in `policy`, and are replayed by the rules of that version.
What was suggested before stays as it was; who decides on it is told that the rules have changed (api/review/checks.py).
"""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy.orm import Session

from api import cursors
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Policy, PolicyVerdict
from api.deps import Services
from api.documents.sight import hidden
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.intake.calendar import BAKU, baku_date
from api.notifications import recipients
from api.notifications.service import notify
from api.policy import repository
from api.policy.rulebook import SETTLE, Approved, Rules, mark_of
from api.policy.rules import check, rows_of
from api.policy.schemas import (
    DepartmentRules,
    InForceOut,
    PolicyFull,
    PolicyIn,
    PolicyOut,
    PolicyPage,
    RefusalIn,
    RuleIn,
    RulesIn,
    State,
    TrialOut,
    VerdictOut,
)
from api.policy.trial import compare
from triage.taxonomy import Taxonomy

PAPERS = 200
"""So many papers are rules tried on, if nothing else is asked for."""


def in_force(services: Services, who: Principal) -> InForceOut:
    """The rules in force, and the labels that they are made of."""
    who.require(Permission.READ)
    now = services.now()
    policy, taxonomy = services.rulebook.in_force(now), services.rulebook.at(now)
    units: dict[str, list[str]] = {}
    for unit, group in taxonomy.units.items():
        units.setdefault(group, []).append(unit)
    return InForceOut(
        version=taxonomy.version,
        policy=policy.policy_id if policy else None,
        since=policy.holds_from if policy else None,
        fits=policy is None or policy.taxonomy is not None,
        newest=_newest(services)[0],
        rules=[RuleIn.model_validate(row) for row in rows_of(taxonomy)],
        departments=[
            DepartmentRules(
                id=department,
                names=taxonomy.names.get(("departments", department), {}),
                rules=[rule.id for rule in taxonomy.rules if rule.department == department],
            )
            for department in taxonomy.departments
        ],
        subject_groups={group: sorted(members) for group, members in taxonomy.subject_groups.items()},
        units={group: sorted(members) for group, members in units.items()},
    )


def newest_rules(services: Services, who: Principal) -> tuple[str, list[RuleIn]]:
    """The newest approved rules, in force or to come, with their version: what a change begins with."""
    who.require(Permission.CHANGE_POLICY)
    version, rules, _ = _newest(services)
    return version, [RuleIn.model_validate(row) for row in rules]


def propose(services: Services, who: Principal, wanted: PolicyIn) -> PolicyFull:
    """Propose rules. Raises InvalidError for rules that cannot hold, that change nothing, or a day that is over.

    Raises ConflictError where `base` is not the newest version.
    """
    who.require(Permission.CHANGE_POLICY)
    rules, reason = [rule.row() for rule in wanted.rules], wanted.reason.strip()
    if len(reason) < 5:
        raise InvalidError("Give a reason: it is kept with the rules.")
    if wanted.since < baku_date(services.now()):
        raise InvalidError("The day from which the rules hold is over. Choose today or a later one.")
    check(services.rulebook.bundled, rules)
    with services.database.transaction() as session:
        repository.hold(session)
        services.rulebook.refresh()
        version, before, last = _newest(services)
        if wanted.base not in (None, version):
            raise ConflictError(
                "Other rules were approved since you began. Look at them and make your change anew."
            )
        if rules == before:
            raise InvalidError("These rules are those that hold. Change something first.")
        if last is not None and wanted.since < baku_date(last.holds_from):
            raise InvalidError(
                f"Other rules come into force on {baku_date(last.holds_from)}. Choose that day or a later one."
            )
        row = Policy(
            at=services.now(), actor=who.id, actor_name=who.name, reason=reason, since=wanted.since, base=version,
            rules={"before": before, "routing": rules},
        )  # fmt: skip
        repository.add(session, row)
        append(session, who.id, "policy.proposed", None, policy=row.id, rules=len(rules), **recorded(row))
        others = [user for user in recipients.supervisors_everywhere(session) if f"user:{user}" != who.id]
        notify(services, session, others, "policy.proposed", policy=row.id)
        return _full(services, who, row, None)


def page(services: Services, who: Principal, cursor: str | None = None, limit: int = 50) -> PolicyPage:
    """What was proposed, newest first. Raises InvalidError for a cursor that is none of ours."""
    who.require(Permission.CHANGE_POLICY)
    before = cursors.decode(cursor)
    with services.database.transaction() as session:
        found = repository.policies(session, before, limit + 1)
    shown = [_shown(services, who, row, verdict) for row, verdict in found[:limit]]
    return PolicyPage(items=shown, next=cursors.encode(shown[-1].id) if len(found) > limit else None)


def get(services: Services, who: Principal, id: int) -> PolicyFull:
    """One proposal with its rules. Raises NotFoundError."""
    who.require(Permission.CHANGE_POLICY)
    with services.database.transaction() as session:
        return _full(services, who, *_found(session, id))


def trial(services: Services, who: Principal, id: int, papers: int = PAPERS) -> TrialOut:
    """What a proposal would have changed of the newest papers, against the rules that it was made from.

    Raises NotFoundError; InvalidError where either rules do not fit the active bundle.
    """
    who.require(Permission.CHANGE_POLICY)
    with services.database.transaction() as session:
        row, _ = _found(session, id)
        rules: list[Rules] = [row.rules["before"], row.rules["routing"]]
        before, after = (check(services.rulebook.bundled, each) for each in rules)
        return _tried(services, session, who, before, after, papers, row.id)


def preview(services: Services, who: Principal, wanted: RulesIn, papers: int = PAPERS) -> TrialOut:
    """The same for rules that are not proposed yet, against the newest approved. Raises InvalidError."""
    who.require(Permission.CHANGE_POLICY)
    after = check(services.rulebook.bundled, [rule.row() for rule in wanted.rules])
    before = check(services.rulebook.bundled, _newest(services)[1])
    with services.database.transaction() as session:
        return _tried(services, session, who, before, after, papers, None)


def approve(services: Services, who: Principal, id: int) -> PolicyFull:
    """Let proposed rules come into force. Raises NotFoundError, ForbiddenError for one's own proposal.

    Raises ConflictError where it has ended or other rules were approved since, InvalidError where it does not fit the
    active bundle any more.
    """
    who.require(Permission.CHANGE_POLICY)
    with services.database.transaction() as session:
        repository.hold(session)
        row = _open(session, id)
        if row.actor == who.id:
            raise ForbiddenError(
                "You have proposed these rules yourself: another supervisor must approve them."
            )
        services.rulebook.refresh()
        version, _, last = _newest(services)
        if row.base != version:
            raise ConflictError(
                "Other rules were approved since this was proposed. Refuse it, and propose the change anew."
            )
        check(services.rulebook.bundled, row.rules["routing"])
        begin = datetime.combine(row.since, time(), BAKU)
        holds_from = max(begin, services.now() + SETTLE, *([last.holds_from] if last else []))
        verdict = _verdict(services, who, row, "approved", holds_from=holds_from)
        repository.add(session, verdict)
        append(
            session,
            who.id,
            "policy.approved",
            None,
            policy=row.id,
            holds_from=str(holds_from),
            **recorded(verdict),
        )
    services.rulebook.refresh()
    return _full(services, who, row, verdict)


def refuse(services: Services, who: Principal, id: int, wanted: RefusalIn) -> PolicyFull:
    """Refuse proposed rules, or take back one's own. Raises NotFoundError, ConflictError where it has ended."""
    who.require(Permission.CHANGE_POLICY)
    reason = wanted.reason.strip()
    if len(reason) < 5:
        raise InvalidError("Give a reason: it is kept with the rules.")
    with services.database.transaction() as session:
        repository.hold(session)
        row = _open(session, id)
        verdict = _verdict(services, who, row, "refused", reason=reason)
        repository.add(session, verdict)
        append(session, who.id, "policy.refused", None, policy=row.id, **recorded(verdict))
    return _full(services, who, row, verdict)


def _newest(services: Services) -> tuple[str, Rules, Approved | None]:
    """Version and rules of what was approved last; of the bundle where that does not fit it, or there is none."""
    book = services.rulebook
    last = next(reversed(book.approved()), None)
    if last is None or last.taxonomy is None:
        return book.bundled.version, rows_of(book.bundled), last
    return last.taxonomy.version, last.rules, last


def _found(session: Session, id: int) -> tuple[Policy, PolicyVerdict | None]:
    found = repository.policy(session, id)
    if found is None:
        raise NotFoundError("There is no proposal of this number.")
    return found


def _open(session: Session, id: int) -> Policy:
    row, verdict = _found(session, id)
    if verdict is not None:
        raise ConflictError("This proposal has ended. Look at what became of it.")
    return row


def _verdict(
    services: Services, who: Principal, row: Policy, verdict: str, *, holds_from: datetime | None = None,
    reason: str | None = None,
) -> PolicyVerdict:  # fmt: skip
    return PolicyVerdict(
        policy_id=row.id, at=services.now(), actor=who.id, actor_name=who.name, verdict=verdict,
        holds_from=holds_from, reason=reason,
    )  # fmt: skip


def _tried(
    services: Services, session: Session, who: Principal, before: Taxonomy, after: Taxonomy, papers: int,
    policy: int | None,
) -> TrialOut:  # fmt: skip
    found = repository.newest_suggested(session, who.sees, hidden(session, who), papers)
    told = compare(services, session, found, before, after)
    read = [paper.document_id for paper in found]
    append(session, who.id, "policy.tried", None, policy=policy, documents=read)
    return told


def _shown(services: Services, who: Principal, row: Policy, verdict: PolicyVerdict | None) -> PolicyOut:
    given = None
    if verdict is not None:
        given = VerdictOut.model_validate(verdict, from_attributes=True)
    return PolicyOut(
        id=row.id, at=row.at, actor=row.actor, actor_name=row.actor_name, reason=row.reason, since=row.since,
        base=row.base, state=_state(services, row, verdict), verdict=given,
        approvable=verdict is None and row.actor != who.id,
    )  # fmt: skip


def _full(services: Services, who: Principal, row: Policy, verdict: PolicyVerdict | None) -> PolicyFull:
    shown = _shown(services, who, row, verdict)
    before, rules = (
        [RuleIn.model_validate(rule) for rule in row.rules[name]] for name in ("before", "routing")
    )
    return PolicyFull(**shown.model_dump(), before=before, rules=rules)


def _state(services: Services, row: Policy, verdict: PolicyVerdict | None) -> State:
    if verdict is None:
        return "proposed"
    if verdict.holds_from is None:
        return "refused"
    now = services.now()
    if verdict.holds_from > now:
        return "coming"
    found = services.rulebook.in_force(now)
    return "in_force" if found is not None and mark_of(row.id) == found.mark else "past"
