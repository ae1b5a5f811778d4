"""The made office at work: people who know what the papers are, and act through the same services as real ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random

from api.auth.permissions import SYSTEM, Principal
from api.demo import repository
from api.demo.clock import Hours
from api.demo.diary import Diary
from api.demo.papers import File, Sample
from api.demo.people import People
from api.departments import handovers, inbox
from api.departments.schemas import AcceptanceIn, InboxQuery, ReturnIn
from api.deps import Services
from api.documents import service as documents
from api.errors import ConflictError, ServiceError
from api.intake.schemas import Submission
from api.intake.service import submit
from api.intake.staging import Upload
from api.intake.store import Store
from api.notices import service as notices
from api.notices.schemas import Kind, NoticeIn, SendingIn, Way
from api.review import queue, service
from api.review.decision_schemas import (
    ConfirmationIn,
    DecidedOut,
    EscalateIn,
    RouteIn,
    SecondIn,
    UndoIn,
)
from api.review.drafts import AnyDecision
from api.review.schemas import ClaimIn, ItemOut
from api.review.waiting import Desk
from api.triaging.service import Retries, Suggester, triage
from triage.routing import Router

REASONS = {
    "subject": "wrong_subject", "document_type": "wrong_type", "territory": "wrong_place",
    "urgency": "wrong_urgency", "department": "wrong_department", "unit": "wrong_place",
}  # fmt: skip
_RETURNS = {"territory": "misrouted_territory", "subject": "misrouted_subject"}
_WAYS: Sequence[Way] = ("post", "email", "hand", "portal")
_LETTERS, _ACCEPTED = 4, 0.85
_ONCE = Retries(tries=1)


@dataclass(frozen=True)
class Answer:
    """How a paper is labelled and where it goes, in the names of a decision."""

    document_type: str
    subject: str
    territory: str | None
    urgency: str
    department: str
    unit: str | None


@dataclass
class Office:
    """Who works there, with what; `truths` are the right answers by the numbers of papers, `firsts` the numbers of
    the first papers of families, `followed` those of later ones with the first of their family.
    """

    services: Services
    people: People
    suggester: Suggester
    diary: Diary
    hours: Hours
    chance: Random
    truths: dict[str, Answer] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    followed: list[tuple[str, str]] = field(default_factory=list)
    letters: int = 0

    def right(self, sample: Sample) -> Answer:
        """What is true of a paper, and where the rules send it."""
        return self.by_rules(sample, sample.subject)

    def by_rules(self, sample: Sample, subject: str) -> Answer:
        """The answer for a paper if it were of this subject."""
        route = Router(self.services.taxonomy).route(sample.document_type, subject, sample.territory)
        return Answer(
            sample.document_type, subject, sample.territory, sample.urgency, route.department, route.unit
        )

    def receive(self, file: File, sample: Sample | None, *, lost: bool = False) -> str:
        """Register a paper and have it read; its number. `lost`: the store is away when it is to be read."""
        sent = Submission(channel=file.channel, sender=sample.sender if sample else None)
        upload = Upload(file.name, io.BytesIO(file.data))
        number = submit(self.services, self.people.clerks[0], sent, [upload]).documents[0].number
        if sample is not None:
            self.truths[number] = self.right(sample)
            first = self.firsts.setdefault(sample.family, number)
            if sample.id != sample.family and first != number:
                self.followed.append((first, number))
        with self.services.database.transaction() as session:
            document = repository.id_of(session, number)
        away = Store(str(self.services.settings.home / "spool" / "away"))
        services = replace(self.services, store=away) if lost else self.services
        triage(services, self.suggester, document, _ONCE)
        waits = documents.get(self.services, SYSTEM, number).state == "review"
        if file.channel == "desk" and document % 2 and waits:  # clerks may judge blind what does not wait
            self.write(number, "registered")
        return number

    def take(self, number: str, clerk: Principal, *desks: Desk) -> ItemOut | None:
        """Open a paper that waits at one of these desks, else at one's own.

        None where it was routed without people, another has it, or it waits elsewhere.
        """
        try:
            item = queue.claim(self.services, clerk, ClaimIn(number=number)).item
        except ConflictError:
            return None
        if item is None or item.desk not in (desks or ("clerk", clerk.role)):
            queue.release(self.services, clerk, number)
            return None
        with suppress(ServiceError):  # what cannot be read has no text
            documents.text(self.services, clerk, number)
        return item

    def settle(self, number: str, clerk: Principal, answer: Answer | None = None) -> DecidedOut | None:
        """Route a paper: as suggested if that is the answer, else as it should be; what no rule allows goes up."""
        item = self.take(number, clerk)
        if item is None:
            return None
        answer = answer or self.truths[number]
        wrong = self._wrong(item, clerk, answer)
        try:
            if not wrong and item.suggestion is not None:
                seen = ConfirmationIn(suggestion=item.suggestion, version=item.version)
                made = service.confirm(self.services, clerk, number, seen)
            else:
                reason = REASONS[wrong[0]] if wrong else None
                wanted = RouteIn(
                    action="route", suggestion=item.suggestion, version=item.version, reason=reason,
                    **vars(answer),
                )  # fmt: skip
                made = service.decide(self.services, clerk, number, wanted)
        except ConflictError as error:
            return self._escalate(item, clerk, str(error))
        self._follow(made, clerk)
        return made

    def decide(self, number: str, clerk: Principal, wanted: AnyDecision) -> DecidedOut | None:
        """Decide otherwise than to route; `wanted` names no suggestion and version: those that are shown count."""
        item = self.take(number, clerk)
        if item is None:
            return None
        seen = wanted.model_copy(update={"suggestion": item.suggestion, "version": item.version})
        made = service.decide(self.services, clerk, number, seen)
        if made.action in ("outside", "unreadable"):
            self.write(number, "returned" if made.action == "unreadable" else "forwarded")
        self._follow(made, clerk)
        return made

    def undo(self, made: DecidedOut, clerk: Principal, remark: str) -> None:
        """Take a decision back."""
        wanted = UndoIn(decision=made.decision, version=made.version, remark=remark)
        service.undo(self.services, clerk, made.number, wanted)

    def hand_over(self, officer: Principal) -> None:
        """A department goes through what came: it accepts most, leaves some, and returns what is not for it."""
        for row in inbox.page(self.services, officer, InboxQuery(limit=100)).items:
            answer = self.truths.get(row.number)
            if answer is not None and (row.department, row.unit) != (answer.department, answer.unit):
                reason = "misrouted_subject" if row.subject != answer.subject else "misrouted_territory"
                back = ReturnIn(version=row.version, reason=reason, remark="Nümunə qeyd: bizə aid deyil.")
                handovers.give_back(self.services, officer, row.number, back)
                self.later(row.number, 150)
            elif self.chance.random() < _ACCEPTED:
                handovers.accept(self.services, officer, row.number, AcceptanceIn(version=row.version))

    def later(self, number: str, minutes: float) -> None:
        """Have a clerk route a paper after so many minutes of office hours."""
        clerk = self.chance.choice(self.people.clerks)
        when = self.hours.after(self.services.now(), minutes)
        self.diary.plan(when, lambda: self.settle(number, clerk))

    def write(self, number: str, kind: Kind) -> None:
        """Make a letter to the sender; most are sent on the next day."""
        clerk = self.people.clerks[0]
        with suppress(ConflictError):
            made = notices.make(self.services, clerk, number, NoticeIn(kind=kind))
            self.letters += 1
            if self.letters % 4:
                way = _WAYS[self.letters % len(_WAYS)]
                when = self.hours.after(self.services.now(), 300)
                self.diary.plan(when, lambda: self._send(made.id, way))

    def _send(self, notice: int, way: Way) -> None:
        with suppress(ServiceError):  # its paper may be gone by now
            notices.sent(self.services, self.people.clerks[0], notice, SendingIn(way=way))

    def _wrong(self, item: ItemOut, clerk: Principal, answer: Answer) -> list[str]:
        """The fields in which the suggestion is not the answer."""
        if item.suggestion is None:
            return []
        content = documents.suggestion(self.services, clerk, item.number).content
        said = {
            name: content[name]["label"] if isinstance(content[name], dict) else content[name]
            for name in REASONS
        }
        return [name for name in REASONS if said[name] != getattr(answer, name)]

    def _escalate(self, item: ItemOut, clerk: Principal, why: str) -> DecidedOut | None:
        """Put a paper before a supervisor, unless it lies there."""
        if item.desk == "supervisor":
            queue.release(self.services, clerk, item.number)
            return None
        wanted = EscalateIn(
            action="escalate", suggestion=item.suggestion, version=item.version, remark=why[:500]
        )
        return service.decide(self.services, clerk, item.number, wanted)

    def _follow(self, made: DecidedOut, clerk: Principal) -> None:
        """What is done after a decision: a second person looks, or some senders hear of it."""
        if made.kind == "proposed":
            other = next(each for each in self.people.clerks if each.id != clerk.id)
            when = self.hours.after(self.services.now(), 2500)
            self.diary.plan(when, lambda: self._confirm(made, other))
        elif made.action == "route" and made.decision % _LETTERS == 0:
            self.write(made.number, "forwarded")

    def _confirm(self, made: DecidedOut, clerk: Principal) -> None:
        item = self.take(made.number, clerk, "second")
        if item is not None and item.proposal == made.decision:
            agreed = SecondIn(decision=made.decision, agree=True, version=item.version)
            service.second(self.services, clerk, made.number, agreed)
