"""Making a suggestion again from the original by the same bundle and rules, and comparing it byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Blob, Decision, Document, Suggestion
from api.deps import Services
from api.errors import NotFoundError
from api.intake.cipher import StoreError
from api.policy import repository as policies
from api.policy.rulebook import mark_of, policy_of
from api.triaging import repository
from api.triaging.service import Suggester
from api.triaging.stored import kept, read_facts
from triage.documents import read_bytes
from triage.errors import BundleError, DocumentError, TaxonomyError

Outcome = Literal["same", "different", "bundle_missing", "original_missing", "erased"]

_BUNDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What came of a replay. `differs` names the parts that are not as recorded; `message` says it in a sentence."""

    number: str
    suggestion: int
    outcome: Outcome
    message: str
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Record:
    """What is on record of a paper's newest suggestion."""

    document: Document
    suggestion: Suggestion
    content: str | None
    original: Blob
    decisions: list[Decision]


class _Unable(Exception):  # noqa: N818 - a way out, not an error
    """The suggestion cannot be made again; as the result says."""

    def __init__(self, outcome: Outcome, message: str) -> None:
        super().__init__(message)
        self.outcome: Outcome = outcome


class Replayer:
    """Replays suggestions; each bundle is loaded once. `load` gives the suggester of a verified bundle's folder."""

    def __init__(
        self, services: Services, who: Principal, load: Callable[[Path, str], Suggester] | None = None
    ) -> None:
        self._services, self._who, self._load = services, who, load or load_suggester
        self._loaded: dict[str, Suggester] = {}
        self._ruled: dict[tuple[str, str], Suggester] = {}

    def numbers(self) -> Iterator[str]:
        """The papers that have a suggestion, oldest first."""
        after = 0
        while True:
            with self._services.database.transaction() as session:
                found = repository.with_suggestion(session, after)
            if not found:
                return
            yield from (number for _, number in found)
            after = found[-1][0]

    def replay(self, number: str) -> ReplayResult:
        """Make a paper's newest suggestion again. It is recorded as a reading of the paper, with its outcome.

        Raises NotFoundError where there is no such paper or nothing was suggested for it, ConflictError for a record
        of a newer version, UnavailableError without a database.
        """
        self._who.require(Permission.READ)
        record = self._record(number)
        try:
            differs = self._differences(record)
            outcome: Outcome = "different" if differs else "same"
            message = f"Not as recorded: {', '.join(differs)}." if differs else "Made again, byte for byte."
        except _Unable as unable:
            differs, outcome, message = (), unable.outcome, str(unable)
        row = record.suggestion
        with self._services.database.transaction() as session:
            append(
                session, self._who.id, "document.replayed", record.document.id, suggestion=row.id,
                outcome=outcome,
            )  # fmt: skip
        return ReplayResult(number, row.id, outcome, message, differs)

    def _record(self, number: str) -> _Record:
        with self._services.database.transaction() as session:
            found = repository.suggestion(session, self._who.sees, number)
            document, suggestion, content = found or (None, None, None)
            if document is None or suggestion is None:
                raise NotFoundError(f"Nothing was suggested for a paper {number} that you may see.")
            original = repository.original(session, document.sha256)
            decisions = repository.machine_decisions(session, suggestion.id)
        return _Record(document, suggestion, content, original, decisions)

    def _differences(self, record: _Record) -> tuple[str, ...]:
        """The parts that are not as recorded; none if all are. Raises _Unable."""
        document, recorded = record.document, record.suggestion
        if document.state in {"erased", "disposed"} or record.original.erased_at is not None:
            raise _Unable("erased", "The content was erased by law, or disposed of.")
        suggester = self._by_its_rules(recorded, self._suggester(recorded))
        try:
            with self._services.store.open(document.sha256, record.original.wrapped_key) as file:
                data = file.read()
        except StoreError as error:
            raise _Unable("original_missing", str(error)) from None
        try:
            read = read_bytes(data, id=document.number)
        except DocumentError as error:
            return (f"reading ({error.code})",)
        made = kept(suggester.suggest(read), read, suggester.thresholds)
        return (
            *_unlike_content(record, made.content, made.content_sha256),
            *_unlike(read_facts(recorded.schema_version, recorded.facts), made.facts, "facts"),
            *(f"decision {d.id}" for d in record.decisions if not _follows(d, made.facts)),
        )

    def _by_its_rules(self, row: Suggestion, bundle: Suggester) -> Suggester:
        """The bundle by the rules that the suggestion names: its own, or others that two persons had agreed on."""
        policy, key = policy_of(row.policy), (row.bundle_sha256, row.policy)
        if policy is None or bundle.ruled is None:
            return bundle
        if key not in self._ruled:
            with self._services.database.transaction() as session:
                rules = policies.rules(session, policy)
            if rules is None:
                raise _Unable("bundle_missing", f"The rules of version {row.policy} are not on record.")
            try:
                self._ruled[key] = bundle.ruled(rules, mark_of(policy))
            except TaxonomyError as error:
                raise _Unable(
                    "bundle_missing", f"The rules of version {row.policy} do not fit: {error}"
                ) from None
        return self._ruled[key]

    def _suggester(self, row: Suggestion) -> Suggester:
        if row.bundle_sha256 not in self._loaded:
            missing = f"Bundle {row.bundle} with manifest {row.bundle_sha256} is needed"
            folder = self._services.settings.models / row.bundle
            if not _BUNDLE.fullmatch(row.bundle) or not folder.is_dir():
                raise _Unable("bundle_missing", f"{missing}, and is not in the models folder.")
            try:
                self._loaded[row.bundle_sha256] = self._load(folder, row.bundle_sha256)
            except BundleError as error:
                raise _Unable("bundle_missing", f"{missing}: {error}") from None
        return self._loaded[row.bundle_sha256]


def load_suggester(folder: Path, sha256: str) -> Suggester:
    """The bundle of a folder, with the hash that it must have. Raises a BundleError."""
    from triage import bundle as bundles  # noqa: PLC0415 - what models need is not loaded with every page
    from triage.pipeline import Triager  # noqa: PLC0415

    return Suggester.of(Triager(bundles.load(folder, expected_sha256=sha256)))


def _unlike_content(record: _Record, content: str, sha256: str) -> tuple[str, ...]:
    """Where the content differs from the recorded hash, and from the stored text if it is not blanked."""
    found = () if sha256 == record.suggestion.content_sha256 else ("content_sha256",)
    if record.content is None or record.content == content:
        return found
    return (*found, *_unlike(json.loads(record.content), json.loads(content), "content"))


def _unlike(recorded: dict[str, Any], made: dict[str, Any], name: str) -> tuple[str, ...]:
    keys = sorted(recorded.keys() | made.keys())
    return tuple(f"{name}.{key}" for key in keys if recorded.get(key) != made.get(key))


def _follows(decision: Decision, facts: dict[str, Any]) -> bool:
    """Whether the decision is what the policy makes of these facts."""
    wanted = ("route", facts["department"], facts["unit"])
    return (facts["decision"], decision.department, decision.unit) == wanted
