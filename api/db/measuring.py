"""The SQL that keeps `measures`: a trigger of `documents`, and the first filling for papers that were there before."""

from __future__ import annotations

_OF_PAPER = ("registered_at", "office", "channel", "review_since", "decided_at", "answer_by", "forward_by")
_SECONDS = "CAST(floor(extract(epoch FROM p.decided_at - p.review_since)) AS integer)"
_OF_SUGGESTION = {
    "suggestion_id": "s.id",
    "bundle": "s.bundle",
    "language": "s.facts ->> 'language'",
    "suggested_type": "s.facts #>> '{document_type,label}'",
    "suggested_subject": "s.facts #>> '{subject,label}'",
    "suggested_department": "s.facts ->> 'department'",
    "suggested_unit": "s.facts ->> 'unit'",
    "certainty": "CAST(s.facts ->> 'confidence' AS double precision)",
    "familiarity": "CAST(s.facts ->> 'familiarity' AS double precision)",
    "length": (
        "(SELECT sum(length(page ->> 'text')) FROM readings r, jsonb_array_elements(r.pages -> 'pages') AS page "
        "WHERE r.document_id = s.document_id AND r.run = s.run)"
    ),
}
_OF_DECISION = {
    "decision_id": "d.id",
    "decided": "d.created_at",
    "decided_on": "CAST(timezone('Asia/Baku', d.created_at) AS date)",
    "kind": "d.kind",
    "action": "CASE WHEN d.id IS NOT NULL THEN coalesce(d.action, 'route') END",
    "department": "d.department",
    "unit": "d.unit",
    "subject": "d.facts ->> 'subject'",
    "reason": "d.reason",
    "overrides": (
        "CASE jsonb_typeof(d.facts -> 'overrides') "
        "WHEN 'array' THEN ARRAY(SELECT jsonb_array_elements_text(d.facts -> 'overrides')) END"
    ),
}
_COLUMNS = {
    "document_id": "p.id",
    **{name: f"p.{name}" for name in _OF_PAPER},
    "registered_on": "CAST(timezone('Asia/Baku', p.registered_at) AS date)",
    "waited": (
        f"CASE WHEN p.decided_at >= p.review_since "
        f"THEN CASE WHEN {_SECONDS} < 7200 THEN {_SECONDS} / 60 ELSE {_SECONDS} / 3600 * 60 END END"
    ),
    **_OF_SUGGESTION,
    **_OF_DECISION,
}
_WATCHED = ("suggestion_id", "decision_id", "review_since", "decided_at", "answer_by", "forward_by")
_CHANGED = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in _WATCHED)


def _copy(papers: str) -> str:
    """The statement that brings the rows of these papers (a table, or a condition on it) up to date.

    What was read may be blanked by now: a length that is known stays.
    """
    kept = [f"{name} = EXCLUDED.{name}" for name in _COLUMNS if name not in ("document_id", "length")]
    kept.append(
        "length = CASE WHEN EXCLUDED.suggestion_id = measures.suggestion_id "
        "THEN coalesce(EXCLUDED.length, measures.length) ELSE EXCLUDED.length END"
    )
    return (
        f"INSERT INTO measures ({', '.join(_COLUMNS)}) SELECT {', '.join(_COLUMNS.values())} "  # noqa: S608 - constants
        f"FROM documents p LEFT JOIN decisions d ON d.id = p.decision_id "
        f"LEFT JOIN suggestions s ON s.id = coalesce(d.suggestion_id, p.suggestion_id) {papers} "
        f"ON CONFLICT (document_id) DO UPDATE SET {', '.join(kept)}"
    )


FILL = _copy("WHERE true")
"""Brings the rows of all papers up to date: for what came past the trigger."""


def measuring_sql() -> list[str]:
    """The statements that make the trigger, and fill the table for the papers that there are."""
    return [
        "CREATE OR REPLACE FUNCTION measure_paper() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN {_copy('WHERE p.id = NEW.id')}; RETURN NULL; END $$",
        "CREATE OR REPLACE TRIGGER measure_new AFTER INSERT ON documents "
        "FOR EACH ROW EXECUTE FUNCTION measure_paper()",
        f"CREATE OR REPLACE TRIGGER measure_changed AFTER UPDATE OF {', '.join(_WATCHED)} ON documents "
        f"FOR EACH ROW WHEN ({_CHANGED}) EXECUTE FUNCTION measure_paper()",
        FILL,
    ]
