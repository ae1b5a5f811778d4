"""Bundles for supervisors: which there are, what is active since when, and a candidate against the active one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.bundles import repository
from api.bundles.comparing import FIELDS
from api.bundles.repository import Use
from api.bundles.schemas import (
    AgreementOut,
    BundleFull,
    BundleOut,
    ComparisonOut,
    DifferenceOut,
    FigureOut,
    State,
)
from api.bundles.shelf import Shelved, shelf
from api.db.tables import BundleComparison
from api.deps import Services
from api.documents.sight import hidden
from api.errors import NotFoundError

_COMPARISONS = 5
_STATES: dict[str, State] = {"active": "active", "candidate": "candidate", "retired": "retired"}
_ORDER: tuple[State, ...] = ("active", "candidate", "retired", "gone")


def bundles(services: Services, who: Principal) -> list[BundleOut]:
    """Every bundle that the registry names or that ever suggested something: the active one first."""
    who.require(Permission.READ_FIGURES)
    with services.database.transaction() as session:
        uses = {use.bundle: use for use in repository.uses(session)}
    named = {bundle.id: bundle for bundle in shelf(services.settings.models)}
    found = [_shown(bundle, named.get(bundle), uses.get(bundle)) for bundle in {**named, **uses}]
    found.sort(key=lambda bundle: bundle.last_used.timestamp() if bundle.last_used else 0.0, reverse=True)
    return sorted(found, key=lambda bundle: _ORDER.index(bundle.state))


def bundle(services: Services, who: Principal, name: str, version: str) -> BundleFull:
    """One bundle with its card and figures, and its newest comparisons. Raises NotFoundError."""
    who.require(Permission.READ_FIGURES)
    wanted = f"{name}/{version}"
    shelved = next((b for b in shelf(services.settings.models) if b.id == wanted), None)
    with services.database.transaction() as session:
        use = next((use for use in repository.uses(session) if use.bundle == wanted), None)
        if shelved is None and use is None:
            raise NotFoundError("There is no such bundle. Choose one of the list of bundles.")
        rows = repository.comparisons(session, wanted, _COMPARISONS)
        compared = [_comparison(session, who, row, shelved) for row in rows]
        papers = [entry["document"] for row in rows for entry in row.facts["differ"]]
        append(session, who.id, "bundle.read", None, bundle=wanted[:200], documents=sorted(set(papers)))
    manifest = shelved.manifest() if shelved else {}
    metrics = shelved.metrics() if shelved else {}
    return BundleFull(
        **_shown(wanted, shelved, use).model_dump(),
        card=shelved.text("card.md") if shelved else "",
        figures=[FigureOut(name=n, value=v, low=low, high=high) for n, (v, low, high) in metrics.items()],
        thresholds=_numbers(manifest.get("thresholds")),
        made_of={key: int(value) for key, value in _numbers(manifest.get("training")).items()},
        comparisons=compared,
    )


def _shown(id: str, shelved: Shelved | None, use: Use | None) -> BundleOut:
    name, _, version = id.partition("/")
    return BundleOut(
        name=name, version=version,
        state=_STATES.get(shelved.state, "retired") if shelved else "gone",
        sha256=shelved.sha256 if shelved else None,
        present=shelved is not None and shelved.folder.is_dir(),
        first_used=use.first if use else None, last_used=use.last if use else None,
        suggestions=use.suggestions if use else 0,
    )  # fmt: skip


def _comparison(
    session: Session, who: Principal, row: BundleComparison, shelved: Shelved | None
) -> ComparisonOut:
    facts = row.facts
    ids = {entry["document"] for entry in facts["differ"]} - hidden(session, who)
    numbers = repository.numbers(session, who.sees, ids)
    return ComparisonOut(
        id=row.id, at=row.at, active=row.active, candidate=row.candidate,
        same_files=shelved is not None and shelved.sha256 == row.candidate_sha256,
        papers=row.papers, failed=facts["failed"], decided=facts["decided"],
        same={name: facts["same"][name] for name in FIELDS},
        of_active=_agreement(facts, "active"), of_candidate=_agreement(facts, "candidate"),
        differing=facts["differing"],
        differ=[
            _difference(entry, numbers[entry["document"]])
            for entry in facts["differ"]
            if entry["document"] in numbers
        ],
    )  # fmt: skip


def _agreement(facts: dict[str, Any], of: str) -> AgreementOut:
    routed = facts["routed"][of]
    return AgreementOut(
        **facts["agreed"][of], routed=routed["papers"], routed_decided=routed["decided"],
        routed_right=routed["right"],
    )  # fmt: skip


def _difference(entry: dict[str, Any], number: str) -> DifferenceOut:
    labels = {name: entry["labels"].get(name) for name in ("department", "subject", "document_type")}
    return DifferenceOut.model_validate({"number": number, "decided": entry["decided"], **labels})


def _numbers(values: Any) -> dict[str, float]:
    found = values.items() if isinstance(values, dict) else ()
    return {key: value for key, value in found if isinstance(value, int | float)}
