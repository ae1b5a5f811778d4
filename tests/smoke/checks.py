"""What must hold when all papers are done, looked at from outside and, as the superuser, from beneath."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass

from psycopg import sql

from api.db.tables import Table
from tests.smoke.installation import Installation, expect
from tests.smoke.people import Caller, People

DONE = ("review", "routed")


@dataclass(frozen=True)
class Paper:
    """A paper whose registration was acknowledged: its number, who sent it, for which office, and its bytes."""

    number: str
    sender: Caller
    office: str | None
    content: bytes


def unfinished(service: Installation) -> int:
    """How many papers wait or are read. Raises FailedError where a process has died by itself."""
    service.check_alive()
    count: int = service.rows("SELECT count(*) FROM documents WHERE state IN ('registered', 'reading')")[0][0]
    return count


def triaged(service: Installation) -> int:
    """How many papers have a suggestion. Raises FailedError where a process has died by itself."""
    service.check_alive()
    count: int = service.rows("SELECT count(*) FROM suggestions")[0][0]
    return count


def routed(service: Installation) -> int:
    """How many papers the policy has routed by itself."""
    count: int = service.rows("SELECT count(*) FROM decisions WHERE kind = 'policy'")[0][0]
    return count


def all_there(service: Installation, people: People, papers: list[Paper]) -> str:
    """Every acknowledged paper is there, done, with the very bytes that were sent; and there is no other."""
    for paper in papers:
        shown = people.clerk.send("GET", f"/documents/{paper.number}").json()
        expect(shown["state"] in DONE, f"{paper.number} is {shown['state']} ({shown['error']})")
        expect(
            shown["sha256"] == hashlib.sha256(paper.content).hexdigest(), f"{paper.number} has other bytes"
        )
    for paper in papers[::7]:
        original = people.clerk.send("GET", f"/documents/{paper.number}/original").content
        expect(original == paper.content, f"the original of {paper.number} is not what was sent")
    numbers = [row[0] for row in service.rows("SELECT number FROM documents ORDER BY number")]
    expect(numbers == sorted(p.number for p in papers), "the papers are not those that were acknowledged")
    serials = [int(number.rpartition("-")[2]) for number in numbers]
    expect(serials == list(range(1, len(papers) + 1)), "the numbers have gaps")
    last = service.rows("SELECT last FROM number_series")
    expect(last == [(len(papers),)], f"the series of numbers stands at {last}")
    return f"{len(papers)} papers, {numbers[0]} to {numbers[-1]} without a gap"


def once_each(service: Installation) -> str:
    """Every paper was suggested for once, in the rows as in the chain; a repeated one not at all."""
    odd = service.rows(
        "SELECT d.number, count(s.id) FROM documents d LEFT JOIN suggestions s ON s.document_id = d.id "
        "GROUP BY d.id HAVING count(s.id) <> CASE WHEN d.same_as IS NULL THEN 1 ELSE 0 END"
    )
    expect(not odd, f"suggestions that are too many or too few: {odd}")
    for action, table in (("document.registered", "documents"), ("document.suggested", "suggestions")):
        odd = service.rows(
            "SELECT document_id, count(*) FROM events WHERE action = %s GROUP BY document_id "
            "HAVING count(*) <> 1", action
        )  # fmt: skip
        expect(not odd, f"{action} more than once: {odd}")
        told, rows = (
            service.rows(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))[0][0],
            service.rows("SELECT count(*) FROM events WHERE action = %s", action)[0][0],
        )
        expect(told == rows, f"{rows} rows of {table}, but {told} events {action}")
    failed = service.rows("SELECT document_id, code FROM failures WHERE final")
    expect(not failed, f"dead letters: {failed}")
    left = service.rows(
        "SELECT status, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') GROUP BY 1"
    )
    expect(not left, f"jobs are left over: {left}")
    states = Counter(dict(service.rows("SELECT state, count(*) FROM documents GROUP BY 1")))
    again = service.rows("SELECT count(*) FROM documents WHERE run > 1")[0][0]
    return f"{states['review']} before a person, {states['routed']} routed; {again} taken over from the dead"


def rights(service: Installation, people: People, papers: list[Paper]) -> str:
    """The clerk of Gəncə sees the papers that Gəncə received or was given, and no other exists for them."""
    mine = {
        number for number, in service.rows("SELECT number FROM documents WHERE office = 'gence' OR unit = 'gence'")
    }  # fmt: skip
    seen = _listed(people.gence)
    expect(seen == mine and mine, f"the clerk of Gəncə sees {len(seen)} papers, not {len(mine)}")
    expect(_listed(people.clerk) == {p.number for p in papers}, "the clerk of all offices does not see all")
    foreign = next(paper.number for paper in papers if paper.number not in mine)
    for part in ("", "/original", "/text", "/suggestion", "/history"):
        people.gence.send("GET", f"/documents/{foreign}{part}", 404)
    for part in ("", "/original", "/text", "/suggestion", "/history"):
        people.gence.send("GET", f"/documents/{sorted(mine)[0]}{part}")
    people.administrator.send("GET", f"/documents/{foreign}", 403)
    people.gence.send("GET", "/audit/events", 403)
    people.supervisor.send("GET", "/audit/events")
    return f"the clerk of Gəncə sees {len(mine)} of {len(papers)}"


def counts(service: Installation) -> dict[str, int]:
    """How many rows each table has."""
    count = sql.SQL("SELECT count(*) FROM {}")
    return {
        table.name: service.rows(count.format(sql.Identifier(table.name)))[0][0]
        for table in Table.metadata.sorted_tables
    }


def _listed(caller: Caller) -> set[str]:
    """All papers that the list gives, page by page."""
    numbers: set[str] = set()
    cursor: dict[str, str] = {}
    while True:
        page = caller.send("GET", "/documents", params={"limit": "25", **cursor}).json()
        numbers |= {item["number"] for item in page["items"]}
        if page["next"] is None:
            return numbers
        cursor = {"cursor": page["next"]}
