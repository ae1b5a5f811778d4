"""What makes the database itself refuse: triggers on append-only tables, and the rights of the service's role.

The migrations run `install_sql()`; `integrity.py` checks that all of it is still in place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.db.session import ROLE
from api.db.tables import APPEND_ONLY, BLANKABLE

_REFUSE = """
BEGIN
    RAISE EXCEPTION 'Rows of "%" are never changed or deleted (% refused).', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation';
END
"""
_ONLY_BLANK = """
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) = to_jsonb(OLD) || jsonb_build_object(TG_ARGV[0], NULL) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Of "%" only "%" can be changed, and only to nothing (% refused).',
        TG_TABLE_NAME, TG_ARGV[0], TG_OP USING ERRCODE = 'restrict_violation';
END
"""
FUNCTIONS = {"audit_refuse": _REFUSE, "audit_only_blank": _ONLY_BLANK}
"""The bodies of the trigger functions, in PL/pgSQL."""

_ROWS = 27  # bits of pg_trigger.tgtype (catalog/pg_trigger.h): row 1, before 2, delete 8, update 16
_TRUNCATE = 34  # before 2, truncate 32


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger as it must be: `kind` is `pg_trigger.tgtype`."""

    table: str
    name: str
    function: str
    kind: int

    def sql(self, argument: str = "") -> str:
        """The statement that makes it; `argument` is given to its function."""
        when = "UPDATE OR DELETE" if self.kind == _ROWS else "TRUNCATE"
        level = "ROW" if self.kind == _ROWS else "STATEMENT"
        return (
            f"CREATE OR REPLACE TRIGGER {self.name} BEFORE {when} ON {self.table} "
            f"FOR EACH {level} EXECUTE FUNCTION {self.function}({argument})"
        )


def expected_triggers() -> list[Trigger]:
    """All triggers that must be there."""
    rows = [Trigger(table, "audit_rows", "audit_refuse", _ROWS) for table in APPEND_ONLY]
    rows += [Trigger(table, "audit_rows", "audit_only_blank", _ROWS) for table in BLANKABLE]
    return rows + [
        Trigger(table, "audit_truncate", "audit_refuse", _TRUNCATE) for table in (*APPEND_ONLY, *BLANKABLE)
    ]


def functions_sql() -> list[str]:
    """The statements that make the trigger functions."""
    return [
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
        for name, body in FUNCTIONS.items()
    ]


def append_only_sql(table: str) -> list[str]:
    """The statements after which no row of `table` can be updated or deleted, and it cannot be emptied."""
    return [trigger.sql() for trigger in expected_triggers() if trigger.table == table]


def blankable_sql(table: str, column: str) -> list[str]:
    """The statements after which only `column` can be changed, to NULL (JSON: also null), and no row deleted."""
    return [
        trigger.sql(f"'{column}'" if trigger.kind == _ROWS else "")
        for trigger in expected_triggers()
        if trigger.table == table
    ]


def role_sql() -> list[str]:
    """The statements that make the service's role, which the whole server shares, and let this user become it."""
    return [
        f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; "
        "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        f"GRANT {ROLE} TO CURRENT_USER",
    ]


def grants_sql(append_only: Sequence[str], blankable: Mapping[str, str]) -> list[str]:
    """The statements that give the role its rights; run them again whenever tables were added.

    Of append-only tables it may read and add rows, of blankable ones also blank the column, of others all; it may
    make and change no table, and only read the version of the schema.
    """
    guarded = ", ".join((*append_only, *blankable))
    return [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
        f"REVOKE ALL ON {guarded} FROM {ROLE}",
        f"GRANT SELECT, INSERT ON {guarded} TO {ROLE}",
        *(f"GRANT UPDATE ({column}) ON {table} TO {ROLE}" for table, column in blankable.items()),
        f"DO $$ BEGIN REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {ROLE}; "
        "EXCEPTION WHEN undefined_table THEN NULL; END $$",
    ]


def install_sql(
    append_only: Sequence[str] = APPEND_ONLY, blankable: Mapping[str, str] = BLANKABLE
) -> list[str]:
    """All of it, a statement each, in order; can be run again. A migration names the tables that there are by then."""
    statements = functions_sql()
    for table in append_only:
        statements += append_only_sql(table)
    for table, column in blankable.items():
        statements += blankable_sql(table, column)
    return statements + role_sql() + grants_sql(append_only, blankable)
