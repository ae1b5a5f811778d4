"""A candidate bundle run over papers that the active one has suggested for: `triage-api compare-bundles`.

It reads the kept text, not the originals, and goes by the rules that each suggestion names, so that all that differs
is the bundle. What it finds is kept as counts, labels and ids; nothing else changes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.bundles import repository
from api.bundles.repository import Compared
from api.bundles.shelf import Shelved, shelf
from api.db.tables import BundleComparison
from api.deps import Services
from api.errors import ConflictError, InvalidError, NotFoundError
from api.policy import repository as policies
from api.policy.rulebook import mark_of, policy_of
from api.triaging.service import Suggester
from api.triaging.stored import read_facts, read_pages
from triage import types
from triage.errors import TriageError

FIELDS = ("department", "subject", "document_type", "territory", "urgency")
_JUDGED = ("department", "subject", "document_type")
"""Of what people decide on, what is compared."""
_AT_ONCE = 50
_LISTED = 200
"""So many papers on which the bundles differ are kept by id."""
MOST_PAPERS = 10_000
Load = Callable[[Path, str], Suggester]


@dataclass
class Tally:
    """What is counted; `facts` is what is kept of it."""

    compared: int = 0
    failed: int = 0
    same: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIELDS, 0))
    decided: int = 0
    agreed: dict[str, dict[str, int]] = field(
        default_factory=lambda: {who: dict.fromkeys(_JUDGED, 0) for who in ("active", "candidate")}
    )
    routed: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            who: {"papers": 0, "decided": 0, "right": 0} for who in ("active", "candidate")
        }
    )
    differing: int = 0
    differ: list[dict[str, Any]] = field(default_factory=list)

    def add(self, paper: Compared, active: dict[str, Any], candidate: dict[str, Any]) -> None:
        """Count a paper, by what both say: the `FIELDS`, and whether it may be routed unread under `decision`."""
        self.compared += 1
        unlike = {name: [active[name], candidate[name]] for name in FIELDS if active[name] != candidate[name]}
        for name in FIELDS:
            self.same[name] += name not in unlike
        decided = _decided(paper)
        self.decided += decided is not None
        for who, said in (("active", active), ("candidate", candidate)):
            routed = said["decision"] == "route"
            self.routed[who]["papers"] += routed
            if decided is not None:
                for name in _JUDGED:
                    self.agreed[who][name] += said[name] == decided[name]
                self.routed[who]["decided"] += routed
                self.routed[who]["right"] += routed and said["department"] == decided["department"]
        if "department" in unlike or "subject" in unlike or "document_type" in unlike:
            self.differing += 1
            if len(self.differ) < _LISTED:
                sent = decided["department"] if decided else None
                self.differ.append({"document": paper.document.id, "labels": unlike, "decided": sent})


def compare(services: Services, who: Principal, candidate: str, papers: int, load: Load) -> BundleComparison:
    """Run a bundle of the registry over the newest papers that the active one suggested for, and keep the result.

    Raises NotFoundError for a bundle that the registry does not name, InvalidError for the active one, ConflictError
    where there is no paper to compare on, and BundleError where the candidate cannot be loaded.
    """
    who.require(Permission.READ_FIGURES)
    named = {bundle.id: bundle for bundle in shelf(services.settings.models)}
    if candidate not in named:
        raise NotFoundError("The registry names no such bundle. Write it as NAME/VERSION.")
    active = next((bundle for bundle in named.values() if bundle.state == "active"), None)
    if active is None or active.id == candidate:
        raise InvalidError("This is the active bundle: name another one to compare it with.")
    runner = _Runner(load(named[candidate].folder, named[candidate].sha256))
    tally = Tally()
    for paper, rules in _papers(services, active, papers):
        runner.run(paper, rules, tally)
    if not tally.compared:
        raise ConflictError("There is no paper that the active bundle suggested for and whose text is kept.")
    return _kept(services, who, active, named[candidate], tally)


class _Runner:
    """The candidate, by the rules of each suggestion."""

    def __init__(self, bundle: Suggester) -> None:
        self._bundle = bundle
        self._ruled: dict[int, Suggester] = {}

    def run(self, paper: Compared, rules: list[dict[str, Any]] | None, tally: Tally) -> None:
        """Compare one paper; one that the candidate cannot read, or whose rules it does not fit, has failed."""
        row = paper.suggestion
        try:
            made = self._by(policy_of(row.policy), rules).suggest(_document(paper))
        except TriageError:
            tally.failed += 1
            return
        active = read_facts(row.schema_version, row.facts)
        tally.add(
            paper,
            {name: _label(active[name]) for name in (*FIELDS, "decision")},
            {
                "department": made.route.department,
                "subject": made.subject.label,
                "document_type": made.document_type.label,
                "territory": made.territory,
                "urgency": made.urgency.label,
                "decision": made.decision,
            },
        )

    def _by(self, policy: int | None, rules: list[dict[str, Any]] | None) -> Suggester:
        if policy is None or rules is None or self._bundle.ruled is None:
            return self._bundle
        if policy not in self._ruled:
            self._ruled[policy] = self._bundle.ruled(rules, mark_of(policy))
        return self._ruled[policy]


def _papers(
    services: Services, active: Shelved, count: int
) -> Iterator[tuple[Compared, list[dict[str, Any]] | None]]:
    """Papers, and the rules that their suggestions name; no transaction is open while one is compared."""
    before: int | None = None
    left = min(count, MOST_PAPERS)
    known: dict[int, list[dict[str, Any]] | None] = {}
    while left > 0:
        with services.database.transaction() as session:
            near = repository.newest(session, active.id, before, _AT_ONCE)
            found = repository.papers(session, near)[:left] if near else []
            rules = [_rules(session, known, paper.suggestion.policy) for paper in found]
        if not near:
            return
        yield from zip(found, rules, strict=True)
        left, before = left - len(found), near[-1][0]


def _rules(
    session: Session, known: dict[int, list[dict[str, Any]] | None], version: str
) -> list[dict[str, Any]] | None:
    policy = policy_of(version)
    if policy is None:
        return None
    if policy not in known:
        known[policy] = policies.rules(session, policy)
    return known[policy]


def _document(paper: Compared) -> types.Document:
    """The paper as it was read, but for the places of its letters, by which nothing is suggested."""
    assert paper.reading.pages is not None  # noqa: S101 - asked for by the query
    kept = read_pages(paper.reading.schema_version, paper.reading.pages)
    pages = tuple(
        types.Page(page["page"], page["text"], confidence=page["confidence"], source=page["source"])
        for page in kept["pages"]
    )
    return types.Document(
        paper.document.number, pages, kept["format"], paper.suggestion.input_sha256, kept["truncated"],
        tuple(kept["notes"]),
    )  # fmt: skip


def _decided(paper: Compared) -> dict[str, Any] | None:
    if paper.decision is None or "subject" not in paper.decision.facts:
        return None
    return {**paper.decision.facts, "department": paper.decision.department}


def _label(value: Any) -> Any:
    return value["label"] if isinstance(value, dict) else value


def _kept(
    services: Services, who: Principal, active: Shelved, candidate: Shelved, tally: Tally
) -> BundleComparison:
    facts = {name: value for name, value in vars(tally).items() if name != "compared"}
    row = BundleComparison(
        at=services.now(), actor=who.id, active=active.id, active_sha256=active.sha256, candidate=candidate.id,
        candidate_sha256=candidate.sha256, papers=tally.compared, facts=json.loads(json.dumps(facts)),
    )  # fmt: skip
    with services.database.transaction() as session:
        repository.add(session, row)
        append(session, who.id, "bundles.compared", None, papers=tally.compared, **recorded(row))
    return row
