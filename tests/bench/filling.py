"""Papers and events by SQL, as many as an office has in years: for how fast pages are, not for what they say.

They are copies of papers that were really triaged before.
"""

from __future__ import annotations

import time

from psycopg import Connection

from api.db.measuring import FILL
from api.search.terms import STRETCHES
from tests.smoke.installation import Installation

EVENTS_EACH = 5
STEP = 100_000
"""Papers written in one transaction."""
DECISIONS = 10_000_000
"""Above all ids of decisions that were really made."""

_BLOB = """
INSERT INTO blobs (sha256, size) VALUES (repeat('0', 64), 1000) ON CONFLICT DO NOTHING
"""
_DOCUMENTS = """
INSERT INTO documents (number, registered_at, received_at, channel, office, media_type, size, sha256, state, run,
                       document_type, subject, urgency, department, unit, answer_by, version, desk, look_by,
                       review_since, decided_at, decision_id)
SELECT '2001-B-' || lpad(n::text, 7, '0'), at, at, 'api', (ARRAY['gence', 'baki', 'sumqayit', 'quba'])[1 + n %% 4],
       'text', 1000, repeat('0', 64), CASE WHEN n %% 10 = 0 THEN 'review' ELSE 'routed' END, 1, 'complaint', 'general',
       'normal', CASE WHEN n %% 10 = 0 THEN NULL ELSE 'territorial' END,
       CASE WHEN n %% 10 = 0 THEN NULL ELSE (ARRAY['gence', 'quba', 'seki'])[1 + n %% 3] END, current_date, 3,
       CASE WHEN n %% 10 = 0 THEN 'clerk' END, CASE WHEN n %% 10 = 0 THEN at + interval '2 days' END, at,
       CASE WHEN n %% 10 = 0 THEN NULL ELSE at + n %% 997 * interval '7 minutes' END,
       CASE WHEN n %% 10 = 0 THEN NULL ELSE %(decisions)s + n END
FROM generate_series(%(first)s::bigint, %(last)s) AS n,
     LATERAL (SELECT now() - n * 7919 %% 31536000 * interval '1 second' AS at) AS moment
"""
"""Registered at any time of the last year; every tenth waits."""
_EVENTS = """
INSERT INTO events (seq, at, actor, action, document_id, body, previous, hash)
SELECT %(tip)s + n, now() - interval '1 hour', 'user:' || n %% 50,
       (ARRAY['document.registered', 'document.suggested', 'document.read'])[1 + n %% 3],
       %(least)s + n %% %(papers)s, '{"details":{}}', sha256(int8send(n)), sha256(int8send(n + 1))
FROM generate_series(%(first)s::bigint, %(last)s) AS n
"""
"""Hashes are dummies: this chain is to be long, not whole."""
_MODELS = """
CREATE TEMPORARY TABLE models AS
SELECT row_number() OVER (ORDER BY s.id) - 1 AS k, s.*, c.content, r.pages, r.schema_version AS reading_version,
       ts_delete(e.terms, ARRAY(SELECT t FROM unnest(tsvector_to_array(e.terms)) t WHERE t ~ '^(@|[mn]/)')) AS terms,
       e.names, p.language, p.certainty, p.suggested_department, p.suggested_unit, p.review_reasons,
       p.candidates, p.gist
FROM suggestions s JOIN suggestion_contents c ON c.suggestion_id = s.id
JOIN readings r ON (r.document_id, r.run) = (s.document_id, s.run)
JOIN search_entries e ON e.document_id = s.document_id JOIN documents p ON p.id = s.document_id
WHERE p.number NOT LIKE '2001-B-%%' AND c.content IS NOT NULL ORDER BY s.id LIMIT 100
"""
_WAITING = """
CREATE TEMPORARY TABLE bare AS
SELECT p.id, p.id %% (SELECT count(*) FROM models) AS k FROM documents p
WHERE p.number LIKE '2001-B-%%' AND p.state = 'review' AND p.suggestion_id IS NULL
"""
_DECISIONS = """
INSERT INTO decisions (id, document_id, suggestion_id, kind, action, created_at, actor, actor_name, department, unit,
                       reason, facts) OVERRIDING SYSTEM VALUE
SELECT p.decision_id, p.id, m.id, CASE WHEN p.id %% 3 = 0 THEN 'person' ELSE 'policy' END, 'route', p.decided_at,
       'user:' || p.id %% 50, 'Aysel', p.department, p.unit, CASE WHEN p.id %% 30 = 0 THEN 'wrong_subject' END,
       jsonb_build_object('subject', p.subject,
                          'overrides', CASE WHEN p.id %% 30 = 0 THEN '["subject"]' ELSE '[]' END::jsonb)
FROM documents p JOIN models m ON m.k = p.id %% (SELECT count(*) FROM models)
WHERE p.decision_id > %(decisions)s ON CONFLICT DO NOTHING
"""
_MARKS = ", ".join(f"'@{level}/' || p.id / {length}" for level, length in enumerate(STRETCHES))
_UTC = "(p.received_at AT TIME ZONE 'UTC')"
_MONTH = f"extract(year FROM {_UTC}) * 12 + extract(month FROM {_UTC})"
_ENTRIES = f"""
INSERT INTO search_entries SELECT p.id, m.terms || array_to_tsvector(ARRAY[{_MARKS}, 'm/' || {_MONTH}]), m.names
FROM documents p JOIN models m ON m.k = p.id %% (SELECT count(*) FROM models)
WHERE p.number LIKE '2001-B-%%' ON CONFLICT DO NOTHING
"""  # noqa: S608 - constants
"""What tells where a paper stands among the others is its own."""
_LIKE_THE_MODELS = (
    """
    INSERT INTO suggestions (document_id, run, schema_version, bundle, bundle_sha256, policy, input_sha256,
                             content_sha256, facts)
    SELECT b.id, 1, m.schema_version, m.bundle, m.bundle_sha256, m.policy, m.input_sha256, m.content_sha256, m.facts
    FROM bare b JOIN models m USING (k)
    """,
    """
    INSERT INTO suggestion_contents SELECT s.id, m.content
    FROM bare b JOIN models m USING (k) JOIN suggestions s ON (s.document_id, s.run) = (b.id, 1)
    """,
    """
    INSERT INTO readings SELECT b.id, 1, m.reading_version, m.pages FROM bare b JOIN models m USING (k)
    """,
    """
    UPDATE documents p SET suggestion_id = s.id, language = m.language, certainty = m.certainty,
           suggested_department = m.suggested_department, suggested_unit = m.suggested_unit,
           review_reasons = m.review_reasons, candidates = m.candidates, gist = m.gist
    FROM bare b JOIN models m USING (k) JOIN suggestions s ON (s.document_id, s.run) = (b.id, 1) WHERE p.id = b.id
    """,
)
"""What waits, what is found and what was decided on are copies of papers that were really triaged."""


def fill(service: Installation, papers: int) -> float:
    """Bring the database to so many papers, and five events for each; the seconds that it took."""
    began = time.monotonic()
    with service.superuser() as connection:
        connection.execute("SET session_replication_role = replica")  # references are right as written
        connection.execute(_BLOB)
        there = _number(connection, "SELECT count(*) FROM documents WHERE number LIKE '2001-B-%'")
        for first in range(there + 1, papers + 1, STEP):
            last = min(first + STEP - 1, papers)
            connection.execute(_DOCUMENTS, {"first": first, "last": last, "decisions": DECISIONS})
            connection.commit()
        least = _number(connection, "SELECT min(id) FROM documents WHERE number LIKE '2001-B-%'")
        for first in range(there * EVENTS_EACH + 1, papers * EVENTS_EACH + 1, STEP * EVENTS_EACH):
            last = min(first + STEP * EVENTS_EACH - 1, papers * EVENTS_EACH)
            tip = _number(connection, "SELECT coalesce(max(seq), 0) FROM events") - first + 1
            values = {"first": first, "last": last, "tip": tip, "least": least, "papers": papers}
            connection.execute(_EVENTS, values)
            connection.commit()
        connection.execute(_MODELS.replace("%%", "%"))
        connection.execute(_DECISIONS, {"decisions": DECISIONS})
        for statement in (_WAITING, *_LIKE_THE_MODELS, FILL):
            connection.execute(statement.replace("%%", "%"))
        _enter_for_search(connection)
        connection.commit()
    with service.superuser() as connection:
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return time.monotonic() - began


def _enter_for_search(connection: Connection[tuple[object, ...]]) -> None:
    """Write the entries of the search with its indexes away: to build them at once takes a tenth of the time."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'search_entries' AND indexdef NOT LIKE '%UNIQUE%'"
    ).fetchall()
    connection.execute("SET maintenance_work_mem = '1GB'")
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    connection.execute(_ENTRIES.replace("%%", "%"))
    for _, definition in found:
        connection.execute(str(definition).encode())


def _number(connection: Connection[tuple[object, ...]], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0
