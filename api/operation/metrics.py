"""Counters for Prometheus: of requests here, of papers and the queue from the database when they are asked for."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.db.tables import Document

REGISTRY = CollectorRegistry()
_SECONDS = Histogram(
    "derkenar_request_seconds",
    "Time to answer, by route.",
    ["method", "route", "status"],
    registry=REGISTRY,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_PAPERS = Gauge("derkenar_open_papers", "Papers that wait, by state.", ["state"], registry=REGISTRY)
_JOBS = Gauge("derkenar_jobs", "Jobs of the queue, by state.", ["state"], registry=REGISTRY)
_OPEN = ("registered", "reading", "failed")
ERRORS = Counter("derkenar_unexpected_errors", "Errors that no one foresaw.", registry=REGISTRY)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    _SECONDS.labels(method, route, str(status)).observe(seconds)


def exposition(session: Session) -> bytes:
    """All metrics in the text format of Prometheus."""
    papers = dict.fromkeys(_OPEN, 0)
    counted = select(Document.state, func.count()).where(Document.state.in_(_OPEN)).group_by(Document.state)
    papers |= dict(session.execute(counted).all())
    for state, count in papers.items():
        _PAPERS.labels(state).set(count)
    jobs = session.execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"))
    for state, count in jobs:
        _JOBS.labels(state).set(count)
    return generate_latest(REGISTRY)
