"""HTTP for supervision: records, replays, blind samples, figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import RowId, ServicesDep
from api.problems import PROBLEM_ANSWERS
from api.supervision import figures, records, replaying, sampling
from api.supervision.figure_schemas import (
    FigureName,
    FigureOut,
    FigureQuery,
    PapersPage,
    PapersPageQuery,
)
from api.supervision.record_schemas import RecordOut, ReplayOut
from api.supervision.sample_schemas import NextOut, SampleIn, SampleOut, SamplePage, VerdictIn, VerdictOut

router = APIRouter(prefix="/api/v1", tags=["supervision"], responses=PROBLEM_ANSWERS)
Number = Annotated[str, Path(max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["2026-B-000123"])]
Name = Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$", examples=["overrides"])]
Drawer = Annotated[Principal, Depends(allowed(Permission.DRAW_SAMPLES))]
Judge = Annotated[Principal, Depends(allowed(Permission.JUDGE_SAMPLES))]
Reader = Annotated[Principal, Depends(allowed(Permission.READ_FIGURES))]


@router.get("/documents/{number}/record")
def read_record(
    number: Number, services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.READ_AUDIT))]
) -> RecordOut:
    """The whole story of a paper: what came, what was suggested and why, decisions, who saw it, and the proof."""
    return records.record(services, who, number)


@router.post("/documents/{number}/replay")
def replay(
    number: Number, services: ServicesDep, who: Annotated[Principal, Depends(allowed(Permission.SUPERVISE))]
) -> ReplayOut:
    """Make the newest suggestion of a paper again and compare it byte for byte with the record."""
    return replaying.replay(services, who, number)


@router.get("/samples")
def list_samples(
    services: ServicesDep,
    who: Drawer,
    cursor: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> SamplePage:
    """Blind samples with what they say so far, newest first."""
    return sampling.page(services, who, cursor, limit)


@router.post("/samples", status_code=201)
def draw_sample(wanted: SampleIn, services: ServicesDep, who: Drawer) -> SampleOut:
    """Draw a simple random sample of automatic decisions, to be judged blind."""
    return sampling.draw(services, who, wanted)


@router.post("/samples/next")
def next_item(services: ServicesDep, who: Judge) -> NextOut:
    """The paper that you are to judge blind: the one you have open, or else a new one."""
    return sampling.next_item(services, who)


@router.post("/samples/items/{id}/verdict", status_code=201)
def judge(id: RowId, wanted: VerdictIn, services: ServicesDep, who: Judge) -> VerdictOut:
    """Say how you would have decided on the paper that you have open."""
    return sampling.judge(services, who, id, wanted)


@router.get("/samples/{id}")
def read_sample(id: RowId, services: ServicesDep, who: Drawer) -> SampleOut:
    """A blind sample with its items, and the error with its interval once all are judged."""
    return sampling.get(services, who, id)


@router.get("/figures")
def list_figures(who: Reader) -> list[FigureName]:
    """The figures that there are, and what each of them counts."""
    return figures.names(who)


@router.get("/figures/papers")
def list_papers(services: ServicesDep, who: Reader, query: Annotated[PapersPageQuery, Query()]) -> PapersPage:
    """The papers behind a figure, as its `papers` asks for them."""
    return figures.papers(services, who, query)


@router.get("/figures/{name}")
def read_figure(
    name: Name, services: ServicesDep, who: Reader, query: Annotated[FigureQuery, Query()]
) -> FigureOut:
    """A figure over the papers that you see, computed at most a minute ago."""
    return figures.get(services, who, name, query)
