"""Checking what protects the tables: triggers as they were made, rights of the service's role, blankable content."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.audit.report import Report
from api.audit.triggers import FUNCTIONS, expected_triggers
from api.db.session import ROLE
from api.db.tables import APPEND_ONLY, BLANKABLE

_TRIGGERS = text(
    "SELECT c.relname, t.tgname, p.proname, t.tgtype FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "JOIN pg_proc p ON p.oid = t.tgfoid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal "
    "AND p.pronamespace = 'public'::regnamespace AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL "
    "AND t.tgattr = ''"
)
_ARGUMENTS = text(
    "SELECT c.relname, encode(t.tgargs, 'escape') FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE c.relnamespace = 'public'::regnamespace AND t.tgnargs = 1"
)
_FUNCTIONS = text(
    "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND proname = ANY(:names)"
)
_DELETABLE = text(
    "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.rolname = :role "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables) "
    "AND has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')"
)
_CHANGEABLE = text(
    "SELECT c.relname, a.attname FROM pg_class c JOIN pg_roles r ON r.rolname = :role "
    "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
    "WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables) "
    "AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE')"
)
_CONTENTS = text(
    "SELECT s.id FROM suggestions s JOIN suggestion_contents c ON c.suggestion_id = s.id "
    "WHERE c.content IS NOT NULL AND s.content_sha256 <> encode(sha256(convert_to(c.content, 'UTF8')), 'hex') "
    "ORDER BY s.id"
)


def check(session: Session, report: Report) -> None:
    """Add to the report what is missing or was changed."""
    there = {tuple(row) for row in session.execute(_TRIGGERS)}
    for trigger in expected_triggers():
        if (trigger.table, trigger.name, trigger.function, trigger.kind) not in there:
            report.add(
                "trigger",
                None,
                f"The trigger {trigger.name} on {trigger.table} is missing, disabled or changed.",
            )
    arguments: dict[str, str] = dict(session.execute(_ARGUMENTS).all())
    for table, column in BLANKABLE.items():
        if table in arguments and arguments[table] != f"{column}\\000":
            report.add("trigger", None, f"The trigger on {table} guards another column than {column}.")
    _check_functions(session, report)
    _check_rights(session, report)
    for number in session.scalars(_CONTENTS, execution_options={"yield_per": 2000}):
        report.add("changed", None, f"The content of suggestion {number} was changed.")


def _check_functions(session: Session, report: Report) -> None:
    sources: dict[str, str] = dict(session.execute(_FUNCTIONS, {"names": list(FUNCTIONS)}).all())
    for name, body in FUNCTIONS.items():
        if sources.get(name) != body:
            report.add("trigger", None, f"The function {name} of the triggers is missing or was changed.")


def _check_rights(session: Session, report: Report) -> None:
    values = {"role": ROLE, "tables": [*APPEND_ONLY, *BLANKABLE]}
    for table in session.scalars(_DELETABLE, values):
        report.add("rights", None, f"The service's role may delete rows of {table}, or its triggers.")
    for table, column in session.execute(_CHANGEABLE, values):
        if BLANKABLE.get(table) != column:
            report.add("rights", None, f"The service's role may change {column} of {table}.")
