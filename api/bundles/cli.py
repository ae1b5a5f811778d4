"""`triage-api compare-bundles`: told for people."""

from __future__ import annotations

from rich.console import Console

from api.auth.permissions import SYSTEM
from api.bundles.comparing import compare
from api.deps import Services
from api.triaging.service import Suggester
from triage import bundle as bundles
from triage.pipeline import Triager


def tell_comparison(services: Services, candidate: str, papers: int, out: Console) -> None:
    """Compare a bundle with the active one, keep the result, and say it in a few lines. Raises as `compare` does."""
    row = compare(
        services, SYSTEM, candidate, papers,
        lambda folder, sha256: Suggester.of(Triager(bundles.load(folder, expected_sha256=sha256))),
    )  # fmt: skip
    facts = row.facts
    out.print(
        f"{row.candidate} against {row.active} on {row.papers} papers; {facts['failed']} could not be read."
    )
    for name, count in facts["same"].items():
        out.print(f"  the same {name.replace('_', ' ')}: {count}", markup=False)
    for who in ("active", "candidate"):
        agreed, routed = facts["agreed"][who]["department"], facts["routed"][who]["papers"]
        out.print(f"  {who}: {agreed} of {facts['decided']} as people decided; {routed} routed unread")
    out.print("The page Models shows it, with the papers on which they differ.")
