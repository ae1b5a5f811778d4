"""HTTP for papers before people: the queue, and what is decided on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.problems import PROBLEM_ANSWERS
from api.review import queue, service
from api.review.decision_schemas import (
    ConfirmationIn,
    DecidedOut,
    DecisionIn,
    DecisionOut,
    SecondIn,
    UndoIn,
)
from api.review.schemas import (
    ChoicesOut,
    ClaimIn,
    ClaimOut,
    CountOut,
    HoldIn,
    HoldOut,
    QueuePage,
    QueueQuery,
)

router = APIRouter(prefix="/api/v1", tags=["review"], responses=PROBLEM_ANSWERS)
Decider = Annotated[Principal, Depends(allowed(Permission.DECIDE))]
Reader = Annotated[Principal, Depends(allowed(Permission.READ))]
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]


@router.get("/review/queue")
def list_queue(services: ServicesDep, who: Decider, query: Annotated[QueueQuery, Query()]) -> QueuePage:
    """Papers that wait for a person, in the order in which they should be taken."""
    return queue.page(services, who, query)


@router.get("/review/counts")
def count_queue(services: ServicesDep, who: Decider) -> list[CountOut]:
    """How many papers wait, by desk and urgency."""
    return queue.counts(services, who)


@router.get("/review/choices")
def list_choices(who: Decider) -> ChoicesOut:
    """Reasons and bodies outside that decisions name."""
    return service.choices(who)


@router.post("/review/claim")
def claim(wanted: ClaimIn, services: ServicesDep, who: Decider) -> ClaimOut:
    """Take a paper: the next one, or that of a number. You hold it until you decide, release it, or fall silent."""
    return queue.claim(services, who, wanted)


@router.post("/review/heartbeat")
def heartbeat(held: HoldIn, services: ServicesDep, who: Decider) -> HoldOut:
    """Say that you still have a paper open."""
    return queue.heartbeat(services, who, held.number)


@router.post("/review/release", status_code=204)
def release(held: HoldIn, services: ServicesDep, who: Decider) -> None:
    """Let go of a paper, undecided."""
    queue.release(services, who, held.number)


@router.get("/documents/{number}/decisions")
def list_decisions(number: Number, services: ServicesDep, who: Reader) -> list[DecisionOut]:
    """All decisions on a paper, oldest first: who, what, why, and what took them back or confirmed them."""
    return service.decisions(services, who, number)


@router.post("/documents/{number}/decisions")
def decide(number: Number, wanted: DecisionIn, services: ServicesDep, who: Decider) -> DecidedOut:
    """Decide on a paper."""
    return service.decide(services, who, number, wanted)


@router.post("/documents/{number}/confirmation")
def confirm(number: Number, wanted: ConfirmationIn, services: ServicesDep, who: Decider) -> DecidedOut:
    """Route a paper as suggested."""
    return service.confirm(services, who, number, wanted)


@router.post("/documents/{number}/second")
def second(number: Number, answer: SecondIn, services: ServicesDep, who: Decider) -> DecidedOut:
    """Confirm or refuse, as a second person, what was proposed for a paper."""
    return service.second(services, who, number, answer)


@router.post("/documents/{number}/undo")
def undo(number: Number, wanted: UndoIn, services: ServicesDep, who: Decider) -> DecidedOut:
    """Take a decision back."""
    return service.undo(services, who, number, wanted)
