"""What the made supervisors do: switch automation on and off, draw blind samples, hold, erase, propose other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from api.auth.permissions import Principal
from api.automation import service as automation
from api.automation.schemas import Scope, SwitchIn
from api.demo.office import Office
from api.departments import inbox
from api.departments.schemas import InboxQuery
from api.documents import service as documents
from api.errors import ConflictError
from api.intake.calendar import baku_date
from api.policy import service as policy
from api.policy.schemas import PolicyIn, RuleIn
from api.related import linking
from api.related.schemas import LinkIn
from api.retention import service as retention
from api.retention.schemas import HoldIn
from api.review import views
from api.review.views import ViewIn
from api.supervision import sampling
from api.supervision.sample_schemas import SampleIn, VerdictIn
from api.work import absences
from api.work.schemas import AbsenceIn

SUBJECTS = ("general", "labour", "land_housing", "property_crime", "social_security", "traffic")
"""Those that automation is switched on for, with the departments that they go to."""
DEPARTMENTS = ("non_criminal", "territorial", "baku", "citizen_appeals")
_CLOSED = "citizen_appeals"
_DRAWN, _READ_OF_SECOND = 8, 1
_ELSEWHERE = {"1": (1,), "2": (1, 4)}
"""Turns at which the clerks of these numbers find that a paper goes elsewhere."""
_ON, _SAMPLE, _OFF, _SECOND = 2, -7, -5, -2
"""Days of the history, from the first or from the last."""


class Supervision:
    """The supervisors at work."""

    def __init__(self, office: Office) -> None:
        self._office, self._services = office, office.services
        self._first, self._second = office.people.supervisors

    def plan(self, days: Sequence[datetime]) -> None:
        """Put into the diary what they do; `days` are when the office opens on each working day."""
        plan, hour = self._office.diary.plan, timedelta(hours=1)
        plan(days[_ON] + hour, self._switch_on)
        plan(days[_OFF] + hour, self._switch_off)
        plan(days[_SAMPLE] + hour, lambda: self._draw(days[0], readers=2))
        for clerk, hours in zip(self._office.people.clerks, (3, 5), strict=True):
            plan(days[_SAMPLE] + hours * hour, lambda clerk=clerk: self._judge(clerk))  # type: ignore[misc]
        plan(days[_SAMPLE + 1] + 2 * hour, lambda: self._judge(self._second))
        plan(days[_SECOND] + hour, lambda: self._draw(days[_SAMPLE], readers=1))
        clerk = self._office.people.clerks[0]
        plan(days[_SECOND] + 4 * hour, lambda: self._judge(clerk, _READ_OF_SECOND))
        plan(days[_SECOND] + 2 * hour, self._hold_and_erase)
        plan(days[_SECOND] + 3 * hour, self._propose)
        plan(days[_SECOND] + 5 * hour, self._keep_house)

    def _switch_on(self) -> None:
        self._switch("all", "", on=True, reason="Nümunə: müqayisədən sonra")
        for department in DEPARTMENTS:
            self._switch("department", department, on=True, reason="Nümunə: uyğunluq yetərlidir")
        for subject in SUBJECTS:
            self._switch("subject", subject, on=True, reason="Nümunə: uyğunluq yetərlidir")

    def _switch_off(self) -> None:
        self._switch("department", _CLOSED, on=False, reason="Nümunə: sənədlər geri qaytarılıb")

    def _switch(self, scope: Scope, value: str, *, on: bool, reason: str) -> None:
        automation.change(self._services, self._first, scope, value, SwitchIn(on=on, reason=reason))

    def _draw(self, since: datetime, *, readers: int) -> None:
        until = self._services.now()
        wanted = SampleIn.model_validate(
            {"size": _DRAWN, "since": since, "until": until, "readers": readers, "seed": 20}
        )
        try:
            sampling.draw(self._services, self._first, wanted)
        except ConflictError:
            return  # nothing was routed automatically

    def _judge(self, reader: Principal, most: int = _DRAWN) -> None:
        """Judge what there is. Of one paper both clerks say that it goes elsewhere, of another one of them alone does:
        there a third person must look.
        """
        for turn in range(most):
            given = sampling.next_item(self._services, reader)
            if given.item is None or given.number is None:
                return
            documents.text(self._services, reader, given.number)
            answer = self._office.truths[given.number]
            told = {**vars(answer)}
            if turn in _ELSEWHERE.get(reader.name[-1], ()) and reader.role == "clerk":
                told |= {"department": "procedural_guidance", "unit": None}
            sampling.judge(self._services, reader, given.item, VerdictIn(**told))

    def _hold_and_erase(self) -> None:
        """One paper is needed in court, another is erased because its sender asked for it."""
        officer = next(iter(self._office.people.officers.values()))
        accepted = inbox.page(self._services, officer, InboxQuery(state="accepted", limit=10)).items
        if len(accepted) < 2:
            return
        reason = "Nümunə: məhkəmədə baxılan iş üçün saxlanılır"
        held, erased = accepted[0].number, accepted[1].number
        retention.hold(self._services, self._first, held, HoldIn(on=True, reason=reason))
        documents.erase(self._services, self._first, erased, "NUMUNE-1")

    def _propose(self) -> None:
        """A rule that another supervisor may approve."""
        base, rules = policy.newest_rules(self._services, self._first)
        place = next((n for n, rule in enumerate(rules) if rule.to == "non_criminal"), None)
        if place is None:
            return
        rule = RuleIn.model_validate({
            "id": "R11a", "when": {"subject": ["labour", "land_housing"], "territory_group": ["baku"]}, "to": "baku",
            "ground": "Paytaxtda əmək və torpaq məsələləri.",
        })  # fmt: skip
        since = baku_date(self._services.now()) + timedelta(days=14)
        wanted = {"rules": [*rules[:place], rule, *rules[place:]], "reason": "Nümunə təklif", "base": base}
        policy.propose(self._services, self._first, PolicyIn.model_validate({**wanted, "from": since}))

    def _keep_house(self) -> None:
        """A leave, a saved view, and a letter that belongs with the one before it."""
        first, second = (int(clerk.id.partition(":")[2]) for clerk in self._office.people.clerks)
        begins = baku_date(self._services.now()) + timedelta(days=7)
        leave = AbsenceIn(user=second, deputy=first, first=begins, last=begins + timedelta(days=11))
        absences.make(self._services, self._first, leave)
        saved = ViewIn(name="Təcili", query={"urgency": "immediate"})
        views.save(self._services, self._office.people.clerks[0], "queue", saved)
        families = Counter(first for first, _ in self._office.followed)
        for earlier, later in self._office.followed:
            if families[earlier] > 1:
                continue  # a petition: who signed it are many
            wanted = LinkIn(other=earlier, kind="person", on=True)
            linking.change(self._services, self._office.people.clerks[0], later, wanted)
