"""The content of a paper goes for good, by law or because its time is over; that it was there stays provable.

Who removes content locks the papers by `lock_all`, calls `remove_content` in one transaction with the event
that says why, and after the commit `delete_files`; where that is cut off, the worker's timers delete them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.orm import Session

from api import lifecycle
from api.db.tables import Document
from api.deps import Services
from api.documents import repository
from api.intake import service as intake
from api.jobs.queue import defer_triage
from api.notices import service as notices
from api.review import waiting

GONE = frozenset({"erased", "disposed"})
"""States of a paper that has no content any more."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed: hashes of `files` to be deleted after the commit, whether the original stays because another
    paper has the same bytes, and which paper (its id) is read instead of this one.
    """

    files: list[str]
    original_kept: bool
    heir: int | None


def lock_all(session: Session, ids: Sequence[int]) -> Sequence[Document]:
    """The papers of these ids, by id, locked after all their files: in the order that intake takes them, too."""
    originals = repository.originals(session, ids)
    intake.lock_originals(session, originals | notices.files_of(session, list(ids)))
    return repository.locked(session, ids)


def remove_content(
    services: Services, session: Session, document: Document, state: Literal["erased", "disposed"]
) -> Removed:
    """Remove the content of a locked paper and the data of persons in its row; it is in `state` then.

    The original goes only where no other paper needs the same bytes. Of a paper that is gone already nothing changes;
    its files are told again, so that a deletion that was cut off can be finished.
    """
    shared = repository.others_with(session, document)
    heir = None
    if document.state not in GONE:
        heir = _bequeath(session, document)
        repository.blank(session, document)
        lifecycle.erased(services, session, document)
        document.sender = document.external_reference = document.file_name = document.salt = None
        document.case_number = None
        waiting.leave(document, state, None)
        document.run += 1  # a worker that reads it now is fenced out
    files = notices.forget(services, session, document.id)
    if not shared:
        intake.forget_original(services, session, document.sha256)
        files = [document.sha256, *files]
    return Removed(files, shared, heir)


def delete_files(services: Services, files: Iterable[str]) -> None:
    """Delete what is stored of files that were forgotten, unless they came again; after the commit."""
    for sha256 in files:
        intake.remove_forgotten(services, sha256)


def _bequeath(session: Session, document: Document) -> int | None:
    """Papers with the same bytes were read as this one: let the next of them be read instead. Gives its id."""
    papers = repository.repeated(session, document)
    if not papers:
        return None
    heir = papers[0]
    for paper in papers:
        paper.same_as = heir.id if paper is not heir else None
    if heir.state == "review" and heir.suggestion_id is None:
        waiting.leave(heir, "registered", None)
        defer_triage(session, heir.id)
    return heir.id
