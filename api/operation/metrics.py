"""Counters for Prometheus: of requests to all processes that answer, of papers and jobs from the database."""

from __future__ import annotations

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.db.tables import Document

_SECONDS = Histogram(
    "derkenar_request_seconds",
    "Time to answer, by route.",
    ["method", "route", "status"],
    registry=None,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
_OPEN = ("registered", "reading", "failed")
ERRORS = Counter("derkenar_unexpected_errors", "Errors that no one foresaw.", registry=None)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer."""
    _SECONDS.labels(method, route, str(status)).observe(seconds)


def exposition(session: Session) -> bytes:
    """All metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_SECONDS)
        registry.register(ERRORS)
    counted = select(Document.state, func.count()).where(Document.state.in_(_OPEN)).group_by(Document.state)
    papers = dict.fromkeys(_OPEN, 0) | dict(session.execute(counted).all())
    jobs = session.execute(text("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status"))
    registry.register(_Gauge("derkenar_open_papers", "Papers that wait, by state.", papers))
    registry.register(_Gauge("derkenar_jobs", "Jobs of the queue, by state.", dict(jobs.all())))
    return generate_latest(registry)


class _Gauge(Collector):
    """Counts by state, as they are now."""

    def __init__(self, name: str, about: str, counts: dict[str, int]) -> None:
        self._family = GaugeMetricFamily(name, about, labels=["state"])
        for state, count in counts.items():
            self._family.add_metric([state], count)

    def collect(self) -> Iterable[Metric]:
        """The one family."""
        return [self._family]
