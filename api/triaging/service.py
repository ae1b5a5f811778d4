"""The triage of one registered paper: claim it, read and suggest without a transaction, then write all of it at once.

Jobs run at least once, workers die and are taken for dead. So every claim gives the paper a new `run`, and only who
holds the newest one may write: what a slower worker found is dropped. A paper that was being read when it is claimed
again counts as a failed attempt, so that one which kills its workers ends as a dead letter, too.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Self

import structlog
from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import SYSTEM, Permission, Principal
from api.automation import service as automation
from api.db.tables import Document, Failure, Layout, Reading, Suggestion, SuggestionContent
from api.deps import Services
from api.errors import ConflictError, NotFoundError, UnavailableError
from api.intake.calendar import Clock, baku_date
from api.jobs.queue import defer_triage
from api.policy.rulebook import Rules
from api.review import waiting
from api.review.gist import gist
from api.triaging import layout, repository
from api.triaging.failures import INTERRUPTED, Course, Fault, fault_of
from api.triaging.stored import VERSION, Kept, kept
from triage import types
from triage.documents import read_bytes
from triage.schema import PLACES

if TYPE_CHECKING:
    from triage.pipeline import Triager

_log = structlog.get_logger(__name__)
_WAITING = ("registered", "reading")
_COURSES: dict[Course, tuple[str, str]] = {
    "review": ("review", "document.unreadable"),
    "failed": ("failed", "document.failed"),
    "retry": ("registered", "document.attempt_failed"),
}
"""The paper's state after a failed attempt, and the name of the event."""


@dataclass(frozen=True)
class Suggester:
    """What makes suggestions, and the thresholds that it goes by. Several threads may use one.

    `ruled` gives the same by other competence rules and the mark of their version, raising TaxonomyError; `now` gives
    the one that goes by the rules in force, raising UnavailableError. Either is None where rules are of no matter.
    """

    suggest: Callable[[types.Document], types.Suggestion]
    thresholds: Mapping[str, float]
    ruled: Callable[[Rules, str], Suggester] | None = None
    now: Callable[[], Suggester] | None = None

    @classmethod
    def of(cls, triager: Triager) -> Self:
        """A loaded bundle, by its own rules."""
        return cls(
            triager.suggest,
            asdict(triager.bundle.thresholds),
            lambda rules, mark: cls.of(triager.ruled(rules, mark)),
        )

    def in_force(self, services: Services) -> Suggester:
        """One that always goes by the rules in force."""
        ruled: dict[str, Suggester] = {}

        def now() -> Suggester:
            policy = services.rulebook.fitting(services.now())
            if policy is None or self.ruled is None:
                return self
            if policy.mark not in ruled:
                made = self.ruled(policy.rules, policy.mark)
                ruled.clear()  # those before are over
                ruled[policy.mark] = made
            return ruled[policy.mark]

        return replace(self, now=now)

    def current(self) -> Suggester:
        """The one to suggest with now. Raises UnavailableError where the rules in force do not fit the bundle."""
        return self.now() if self.now else self


@dataclass(frozen=True)
class Retries:
    """How often a paper is tried, and how long (seconds) until the second try; each later wait is `factor` longer."""

    tries: int = 5
    first: float = 2.0
    factor: float = 4.0

    def wait(self, failed: int) -> float:
        """Seconds until the next try after so many have failed."""
        return self.first * self.factor ** (failed - 1)


RETRIES = Retries()
"""Five tries within three minutes."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """One run of one paper."""

    document_id: int
    run: int
    number: str
    sha256: str
    wrapped_key: bytes | None


def triage(
    services: Services, suggester: Suggester, document_id: int, retries: Retries = RETRIES
) -> float | None:
    """Triage a paper that waits. Returns the seconds after which to try again; None: there is nothing more to do.

    Raises UnavailableError where the database is away, what is then left half done being taken up by the next try; and
    where the rules in force do not fit the bundle: the paper waits until somebody has seen to that.
    """
    suggester.current()
    claim = _claim(services, document_id, retries)
    if claim is None:
        return None
    try:
        suggestion, document = _suggest(services, suggester, claim)
        with services.database.transaction() as session:
            _keep(services, session, claim, suggestion, kept(suggestion, document, suggester.thresholds))
    except UnavailableError:
        raise
    except Exception as error:  # whatever it is, the paper must not be lost sight of
        return _fail(services, claim, fault_of(error), retries, error)
    return None


def retry(services: Services, who: Principal, number: str) -> None:
    """Have a paper triaged again that could not be. Raises NotFoundError, ForbiddenError, ConflictError."""
    who.require(Permission.RETRY)
    with services.database.transaction() as session:
        document = repository.lock_seen(session, who.sees, number)
        if document is None:
            raise NotFoundError("There is no paper of this number, or it is not yours to see.")
        if document.error is None or document.state not in {"failed", "review"}:
            raise ConflictError("Only a paper that could not be triaged can be retried. Look at its state.")
        append(session, who.id, "document.retried", document.id, after=document.error)
        document.error = None
        waiting.leave(document, "registered", None)
        defer_triage(session, document.id)


def _claim(services: Services, document_id: int, retries: Retries) -> _Claim | None:
    """Take the paper for a new run; None where it does not wait, or was interrupted too often."""
    with services.database.transaction() as session:
        document = repository.lock(session, document_id)
        if document is None or document.state not in _WAITING:
            return None
        if document.state == "reading" and _failed(services, session, document, INTERRUPTED, retries) is None:
            return None
        document.run, document.version, document.state = document.run + 1, document.version + 1, "reading"
        key = repository.original(session, document.sha256).wrapped_key
        return _Claim(document.id, document.run, document.number, document.sha256, key)


def _suggest(
    services: Services, suggester: Suggester, claim: _Claim
) -> tuple[types.Suggestion, types.Document]:
    with services.store.open(claim.sha256, claim.wrapped_key) as original:
        data = original.read()
    document = read_bytes(data, id=claim.number)
    return suggester.current().suggest(document), document


def _keep(
    services: Services, session: Session, claim: _Claim, suggestion: types.Suggestion, forms: Kept
) -> None:
    """Write what was read, suggested and decided, if this run is still the paper's own."""
    document = repository.lock_run(session, claim.document_id, claim.run)
    if document is None:
        _log.info("triage_superseded", document=claim.document_id, run=claim.run)
        return
    pages = Reading(document_id=document.id, run=claim.run, schema_version=VERSION, pages=forms.pages)
    row = Suggestion(
        document_id=document.id,
        run=claim.run,
        schema_version=VERSION,
        bundle=suggestion.bundle,
        bundle_sha256=suggestion.bundle_sha256,
        policy=suggestion.policy,
        input_sha256=suggestion.input_sha256,
        content_sha256=forms.content_sha256,
        facts=forms.facts,
    )
    repository.add(session, pages, row)
    session.add(SuggestionContent(suggestion_id=row.id, content=forms.content))
    session.add_all(
        Layout(
            document_id=document.id, run=claim.run, page=number, schema_version=layout.VERSION, words=words
        )
        for number, words in forms.layouts.items()
    )
    document.suggestion_id, document.error = row.id, None
    sentence = gist(forms.facts, forms.pages)
    for paper in (document, *repository.same_bytes(session, document.id)):
        _apply(services, paper, suggestion)
        paper.gist = sentence
    append(session, SYSTEM.id, "document.suggested", document.id, run=claim.run, **recorded(row))
    lifecycle.read(services, session, document, forms.pages, json.loads(forms.content))
    automation.decide(services, session, document, row)


def _apply(services: Services, document: Document, suggestion: types.Suggestion) -> None:
    """Write what was suggested into the paper's row; its type decides how much time the law gives."""
    document.document_type = suggestion.document_type.label
    document.subject = suggestion.subject.label
    document.urgency = suggestion.urgency.label
    document.language, document.certainty = suggestion.language, round(suggestion.confidence, PLACES)
    document.suggested_department, document.suggested_unit = (
        suggestion.route.department,
        suggestion.route.unit,
    )
    document.review_reasons = list(suggestion.review_reasons)
    document.candidates = list(suggestion.candidates)
    received = baku_date(document.received_at)
    clock = Clock.start(
        document.document_type, received, study=False, limits=services.limits, calendar=services.calendar
    )
    if clock.answer_by != document.answer_by:
        document.clock_told = None
    document.answer_by, document.forward_by, document.warn_from = (
        clock.answer_by, clock.forward_by, clock.warn_from,
    )  # fmt: skip
    document.version += 1


def _fail(
    services: Services, claim: _Claim, fault: Fault, retries: Retries, error: Exception
) -> float | None:
    """Write down what went wrong. The log is told where, never what the error said: it may quote the paper."""
    where = [line.strip() for line in traceback.format_tb(error.__traceback__)[-4:]]
    _log.warning(
        "triage_failed", document=claim.document_id, run=claim.run, code=fault.code,
        kind=type(error).__name__, where=[] if fault.expected else where,
    )  # fmt: skip
    with services.database.transaction() as session:
        document = repository.lock_run(session, claim.document_id, claim.run)
        return None if document is None else _failed(services, session, document, fault, retries)


def _failed(
    services: Services, session: Session, document: Document, fault: Fault, retries: Retries
) -> float | None:
    """Record a failed attempt; the seconds until the next, None where there is none: a person must look."""
    failed = repository.attempts(session, document.id) + 1
    course = "failed" if fault.course == "retry" and failed >= retries.tries else fault.course
    row = Failure(
        document_id=document.id,
        run=document.run,
        code=fault.code,
        message=fault.message,
        final=course == "failed",
    )
    repository.add(session, row)
    state, action = _COURSES[course]
    document.error = fault.code
    if state == "review":
        waiting.wait(document, services.now())
        lifecycle.waits(services, session, document)
    else:
        waiting.leave(document, state, None)
    if state == "failed":
        lifecycle.failed(services, session, document)
    append(session, SYSTEM.id, action, document.id, code=fault.code, **recorded(row))
    return retries.wait(failed) if course == "retry" else None
