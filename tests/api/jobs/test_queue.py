"""Jobs are put in with what they are for, or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from api.deps import Services
from api.errors import UnavailableError
from api.jobs.queue import defer_triage
from tests.api.jobs.support import queued

ROOT = Path(__file__).resolve().parents[3]


def test_a_job_is_there_once_the_transaction_is_committed(services: Services) -> None:
    with services.database.transaction() as session:
        defer_triage(session, 7, 8)
    with services.database.transaction() as session:
        found = session.execute(
            text("SELECT queue_name, task_name, args FROM procrastinate_jobs ORDER BY id")
        )
        assert [tuple(row) for row in found] == [("triage", "triage", {"document_id": n}) for n in (7, 8)]


def test_a_transaction_rolled_back_leaves_no_job(services: Services) -> None:
    def fail() -> None:
        with services.database.transaction() as session:
            defer_triage(session, 7)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert queued(services) == []


def end_connection(session: Session, url: str) -> None:
    """As when the server goes away."""
    pid = session.scalar(text("SELECT pg_backend_pid()"))
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (pid,))


def test_a_database_lost_on_the_way_is_told_as_such(services: Services) -> None:
    def lose() -> None:
        with services.database.transaction() as session:
            end_connection(session, services.database.url)
            defer_triage(session, 7)

    with pytest.raises(UnavailableError):
        lose()
    assert queued(services) == []


def test_putting_jobs_in_loads_no_model_library() -> None:
    code = "import sys, api.jobs.queue; print([m for m in ('spacy', 'onnxruntime', 'numpy') if m in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
