"""Somebody with all rights over the database changes what can not be changed: verification must say where."""

from __future__ import annotations

from typing import LiteralString

from tests.smoke.installation import Installation, expect


def tamper(service: Installation, notes: list[str]) -> None:
    """Change one word of one event; then also a suggestion, and cut the chain's end: each must be named."""
    registered = "SELECT seq FROM events WHERE action = 'document.registered' ORDER BY seq OFFSET 3 LIMIT 1"
    link = service.rows(registered)[0][0]
    _change(
        service,
        'UPDATE events SET body = replace(body, \'"channel":"api"\', \'"channel":"mail"\') WHERE seq = %s',
        link,
    )
    changed = f"FIRST content: Link {link} was changed"
    _expect_named(service, changed)
    suggestion = service.rows("SELECT max(id) FROM suggestions")[0][0]
    _change(
        service, "UPDATE suggestions SET facts = facts || '{\"confidence\": 0.99}' WHERE id = %s", suggestion
    )
    signed = service.rows("SELECT max(seq) FROM checkpoints")[0][0]
    _change(service, "DELETE FROM checkpoints WHERE seq >= %s", signed)
    _change(service, "DELETE FROM events WHERE seq >= %s", signed)
    _expect_named(service, changed, f"changed: Row {suggestion} of suggestions", "tail: Link ")
    notes.append(f"link {link}, suggestion {suggestion}, and the end cut off at link {signed}")


def _change(service: Installation, statement: LiteralString, value: int) -> None:
    """Run a statement past all triggers, as only a superuser can."""
    with service.superuser() as connection:
        connection.execute("SET session_replication_role = replica")
        rows = connection.execute(statement, (value,)).rowcount
        expect(rows, f"nothing was changed by: {statement}")


def _expect_named(service: Installation, *words: str) -> None:
    told = service.run("audit", "verify", expected=(1,))
    for word in words:
        expect(word in told, f"“{word}” is not among what verification says:\n{told}")
