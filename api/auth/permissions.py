"""Who may do what: permissions, what each role has of them, and which papers a caller may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import aliased

from api.db.tables import Document
from api.errors import ForbiddenError


class Permission(StrEnum):
    """One thing that a caller may do; a key's scopes are some of these."""

    SUBMIT = "document.submit"
    READ = "document.read"
    RETRY = "document.retry"
    ERASE = "document.erase"
    READ_AUTOMATION = "automation.read"
    CHANGE_AUTOMATION = "automation.change"
    READ_AUDIT = "audit.read"
    MANAGE_USERS = "user.manage"
    MANAGE_KEYS = "key.manage"
    READ_SYSTEM = "system.read"
    DECIDE = "document.decide"
    SUPERVISE = "document.supervise"
    LINK = "document.link"
    HAND_OVER = "document.hand_over"
    READ_FIGURES = "figures.read"
    DRAW_SAMPLES = "sample.draw"
    JUDGE_SAMPLES = "sample.judge"
    MANAGE_WORK = "work.manage"
    MAKE_NOTICES = "notice.make"
    HOLD = "retention.hold"
    DISPOSE = "retention.dispose"
    MANAGE_WEBHOOKS = "webhook.manage"
    CHANGE_POLICY = "policy.change"


_P = Permission

_CLERK = frozenset({
    _P.SUBMIT, _P.READ, _P.RETRY, _P.DECIDE, _P.LINK, _P.JUDGE_SAMPLES, _P.MAKE_NOTICES,
})  # fmt: skip
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "clerk": _CLERK,
    "officer": frozenset({_P.READ, _P.HAND_OVER}),
    "supervisor": _CLERK | {
        _P.ERASE, _P.READ_AUTOMATION, _P.CHANGE_AUTOMATION, _P.READ_AUDIT, _P.READ_SYSTEM, _P.SUPERVISE,
        _P.READ_FIGURES, _P.DRAW_SAMPLES, _P.MANAGE_WORK, _P.HOLD, _P.DISPOSE, _P.CHANGE_POLICY,
    },
    "administrator": frozenset({
        _P.RETRY, _P.READ_AUTOMATION, _P.MANAGE_USERS, _P.MANAGE_KEYS, _P.READ_SYSTEM, _P.MANAGE_WEBHOOKS,
    }),
}  # fmt: skip
"""What each role may do. Administrators run the service and see no paper's content."""

KEY_PERMISSIONS = frozenset({_P.SUBMIT, _P.READ, _P.READ_SYSTEM})
"""What a key of another system may be given."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller: a user, a key, or the service itself. `units` None means all; `department` is that of an officer."""

    id: str
    name: str
    role: str
    permissions: frozenset[Permission]
    units: frozenset[str] | None = None
    department: str | None = None

    def require(self, permission: Permission) -> None:
        """Raises ForbiddenError without this permission."""
        if permission not in self.permissions:
            raise ForbiddenError("You are signed in, but your role does not allow this.")

    def may_receive(self, office: str | None) -> bool:
        """Whether papers may be registered for this office."""
        return self.units is None or office in self.units

    @property
    def sees(self) -> ColumnElement[bool]:
        """The condition on `documents` that holds for the papers this caller may know of.

        By unit: the office that received the paper, or the unit that it was routed to. An officer sees what was
        routed to their department, within their units.
        """
        mine: ColumnElement[bool] = true()
        if self.units is not None:
            units = sorted(self.units)
            mine = or_(Document.office.in_(units), Document.unit.in_(units)) if units else false()
        return self._has(Document) if self.role == "officer" else mine

    @property
    def reads(self) -> ColumnElement[bool]:
        """The same, and for an officer also what was merged into the papers that they see: by number, in no list."""
        if self.role != "officer":
            return self.sees
        whole = aliased(Document)
        return or_(self.sees, Document.part_of.in_(select(whole.id).where(self._has(whole))))

    @property
    def judges(self) -> ColumnElement[bool]:
        """Of the papers that this caller sees, those that they may be given as blind samples: what their own offices
        received. One that they see by the unit that it was routed to would tell them a part of its answer.
        """
        return self.sees if self.units is None else Document.office.in_(sorted(self.units))

    def _has(self, paper: Any) -> ColumnElement[bool]:
        """The condition that an officer's department has a paper, within their units."""
        routed = and_(paper.state.in_(("routed", "accepted")), paper.department == self.department)
        return and_(routed, true() if self.units is None else paper.unit.in_(sorted(self.units)))


SYSTEM = Principal("system", "system", "system", frozenset(Permission))
"""The service itself: jobs, policy, timers."""
