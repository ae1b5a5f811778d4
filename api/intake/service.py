"""Papers come in: kept byte for byte, numbered without gaps, queued for triage, all in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from api import lifecycle
from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Blob, Document
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from api.intake import repository
from api.intake.calendar import BAKU, Clock, baku_date
from api.intake.schemas import Accepted, BatchState, Registered, Submission
from api.intake.staging import Paper, Upload, stage
from api.intake.store import Staged
from api.jobs.queue import defer_triage
from api.review import waiting

_FUTURE_SECONDS = 300  # clocks of senders may be ahead of ours by so much
_OLDEST_DAYS = 366 * 5
_KEY_LENGTH = 200
_WRITERS = 8  # a disk flushes the files of many in the time of one
_READ = (
    "document_type", "subject", "urgency", "language", "certainty", "suggested_department", "suggested_unit",
    "review_reasons", "candidates", "gist",
)  # fmt: skip
"""What is known of a paper from another with the same bytes."""


def submit(
    services: Services, who: Principal, sent: Submission, uploads: Iterable[Upload], key: str | None = None
) -> Accepted:
    """Register papers, or none of them. When this returns, they are durable and queued.

    Raises what `stage` and `register` raise.
    """
    with ExitStack() as stack:
        papers = [stage(services, stack, upload) for upload in uploads]
        return register(services, who, sent, papers, key)


def register(
    services: Services, who: Principal, sent: Submission, papers: Sequence[Paper], key: str | None = None
) -> Accepted:
    """Register staged papers, or none of them.

    `key` is the caller's idempotency key: the same request again is answered as the first time. Raises InvalidError
    for what cannot be taken, ForbiddenError for an office of others, ConflictError where the key was used for
    something else, UnavailableError where nothing can be kept.
    """
    _check(services, who, sent, papers, key)
    fingerprint = _fingerprint(sent, papers)
    with services.database.transaction() as session:
        earlier = repository.claim_key(session, who.id, key, fingerprint) if key else None
        if earlier is not None and earlier.fingerprint != fingerprint:
            raise ConflictError("This idempotency key was used for another request. Use a new one.")
        if earlier is not None:
            return Accepted.model_validate(earlier.answer)
        answer = _register(services, session, who, sent, papers)
        if key:
            repository.keep_answer(session, who.id, key, answer.model_dump())
    return answer


def _check(
    services: Services, who: Principal, sent: Submission, papers: Sequence[Paper], key: str | None
) -> None:
    who.require(Permission.SUBMIT)
    if not papers:
        raise InvalidError("No file was sent. Put at least one under the name “file”.")
    if len(papers) > services.settings.upload_files:
        raise InvalidError(
            f"More than {services.settings.upload_files} files. Send them in several requests."
        )
    if key is not None and not (1 <= len(key) <= _KEY_LENGTH and key.isprintable()):
        raise InvalidError(f"An idempotency key has 1 to {_KEY_LENGTH} printable characters.")
    if sent.office is not None and sent.office not in services.taxonomy.units:
        raise InvalidError(
            "There is no such office. Use the slug of a unit of the taxonomy, such as “gence”."
        )
    if not who.may_receive(sent.office):
        raise ForbiddenError("You cannot register papers for this office: name one of yours.")
    if sent.received_at is not None:
        _check_time(sent.received_at, services.now())


def _check_time(received: datetime, now: datetime) -> None:
    if received.tzinfo is None:
        raise InvalidError("The time of receipt has no time zone. Send it as 2026-03-02T09:30:00+04:00.")
    if (received - now).total_seconds() > _FUTURE_SECONDS:
        raise InvalidError("The time of receipt lies in the future.")
    if (now - received).days > _OLDEST_DAYS:
        raise InvalidError("The time of receipt is more than five years ago. Correct the date.")


def _register(
    services: Services, session: Session, who: Principal, sent: Submission, papers: Sequence[Paper]
) -> Accepted:
    documents = take(services, session, who, sent, papers)
    known = _known(session, who, documents)
    return Accepted(documents=[_registered(d, known) for d in documents], batch=documents[0].batch_id)


def take(
    services: Services, session: Session, who: Principal, sent: Submission, papers: Sequence[Paper],
    whole: Document | None = None,
) -> list[Document]:  # fmt: skip
    """Register staged papers in the caller's transaction: kept, numbered, queued and recorded. Checks nothing.

    `whole` is the paper that they are parts of, where they did not come by themselves.
    """
    keep_originals(services, session, [paper.staged for paper in papers])
    firsts = repository.first_with(session, [paper.staged.sha256 for paper in papers])
    batch = repository.new_batch(session, who.id, len(papers)) if len(papers) > 1 else None
    documents = _documents(services, session, sent, papers, firsts)
    for document in documents:
        document.batch_id, document.part_of = batch, whole.id if whole is not None else None
    repository.add(session, documents)
    for document in documents:  # now that they have ids: two of one request may be the same
        first = firsts.setdefault(document.sha256, document)
        document.same_as = first.id if first is not document else None
        append(session, who.id, "document.registered", document.id, **_facts(document))
    if waiting := [document.id for document in documents if document.state == "registered"]:
        defer_triage(session, *waiting)
    lifecycle.registered(services, session, documents)
    return documents


def _documents(
    services: Services,
    session: Session,
    sent: Submission,
    papers: Sequence[Paper],
    firsts: dict[str, Document],
) -> list[Document]:
    """The rows of new papers, numbered in the year that it is in Baku. The same bytes again need not be read again."""
    now = services.now()
    received = sent.received_at or now
    year = now.astimezone(BAKU).year
    serials = repository.next_serials(session, year, len(papers))
    met = set(firsts)
    documents = []
    for serial, paper in zip(serials, papers, strict=True):
        sha256 = paper.staged.sha256
        first = firsts.get(sha256)
        clock = Clock.start(
            first.document_type if first else None, baku_date(received), study=False,
            limits=services.limits, calendar=services.calendar,
        )  # fmt: skip
        document = Document(
            number=services.settings.number_format.format(year=year, serial=serial),
            registered_at=now,
            received_at=received,
            **sent.model_dump(include={"channel", "office", "sender", "external_reference"}),
            file_name=paper.name,
            media_type=paper.kind,
            size=paper.staged.size,
            sha256=sha256,
            salt=os.urandom(16),
            state="registered",
            version=1,
            answer_by=clock.answer_by,
            forward_by=clock.forward_by,
            warn_from=clock.warn_from,
        )
        if sha256 in met and not sent.again:
            for name in _READ if first is not None else ():
                setattr(document, name, getattr(first, name))
            waiting.wait(document, now)
            document.version = 1
        documents.append(document)
        met.add(sha256)
    return documents


def keep_originals(services: Services, session: Session, files: Sequence[Staged]) -> None:
    """Put new originals at their addresses; those that are there are not written again."""
    known = lock_originals(session, [staged.sha256 for staged in files])
    fresh: dict[str, Staged] = {}
    for staged in files:
        blob = known.get(staged.sha256)
        if not blob or blob.erased_at or not services.store.exists(blob.sha256, blob.wrapped_key):
            fresh.setdefault(staged.sha256, staged)
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(Staged.keep, fresh.values()))
    for sha256, staged in fresh.items():
        blob = known.get(sha256) or Blob(sha256=sha256, size=staged.size)
        blob.wrapped_key, blob.erased_at = staged.wrapped_key, None
        session.add(blob)
    session.flush()


def lock_original(session: Session, sha256: str) -> Blob | None:
    """Let no one else keep or forget this original until the transaction ends. To be locked before papers are."""
    return lock_originals(session, [sha256]).get(sha256)


def lock_originals(session: Session, hashes: Iterable[str]) -> dict[str, Blob]:
    """The same for several, in the order in which all lock them; those that are known, by hash."""
    return repository.lock_originals(session, hashes)


def forget_original(services: Services, session: Session, sha256: str) -> None:
    """Forget the key of an original in this transaction: a sealed copy is lost with it, even in backups of the store.

    After the commit, `remove_forgotten` deletes the copies.
    """
    if blob := lock_original(session, sha256):
        blob.wrapped_key, blob.erased_at = None, services.now()


def remove_forgotten(services: Services, sha256: str) -> None:
    """Delete what is stored of an original that was forgotten, unless it came again. Can be done again."""
    with original_locked(services, sha256) as kept:
        if not kept:
            services.store.erase(sha256)
            shutil.rmtree(services.pages_folder(sha256), ignore_errors=True)


@contextmanager
def original_locked(services: Services, sha256: str) -> Iterator[bool]:
    """Keep an original as it is for as long as the block lasts; gives whether it is there, and not erased."""
    with services.database.transaction() as session:
        blob = lock_original(session, sha256)
        yield blob is not None and blob.erased_at is None


def salted(document: Document) -> str | None:
    """The hash of the original as the audit chain has it; None once erased."""
    return (
        hashlib.sha256(document.salt + bytes.fromhex(document.sha256)).hexdigest() if document.salt else None
    )


def _facts(document: Document) -> dict[str, str | int | None]:
    told = {name: getattr(document, name) for name in ("number", "channel", "office", "size", "same_as")}
    part = {"part_of": document.part_of} if document.part_of is not None else {}
    return {**told, **part, "original": salted(document)}


def _known(session: Session, who: Principal, documents: Sequence[Document]) -> dict[int, str]:
    """Numbers of earlier papers with the same bytes, of those that the caller may know of."""
    earlier = {d.same_as for d in documents if d.same_as is not None}
    return repository.numbers_seen(session, who.sees, earlier) if earlier else {}


def _registered(document: Document, known: dict[int, str]) -> Registered:
    return Registered(
        number=document.number,
        state=document.state,
        status_url=f"/api/v1/documents/{document.number}",
        sha256=document.sha256,
        size=document.size,
        same_as=known.get(document.same_as) if document.same_as else None,
    )


def _fingerprint(sent: Submission, papers: Sequence[Paper]) -> str:
    told = [sent.model_dump_json(), *(f"{paper.staged.sha256} {paper.name}" for paper in papers)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def batch_state(services: Services, who: Principal, batch: int) -> BatchState:
    """How far a batch is, for who sent it. Raises NotFoundError for one of others."""
    with services.database.transaction() as session:
        found = repository.batch_of(session, batch, who.id)
        if found is None:
            raise NotFoundError("You have sent no batch of this number.")
        states = repository.batch_states(session, batch)
    waiting = states.get("registered", 0) + states.get("reading", 0)
    return BatchState(batch=batch, size=found.size, states=states, done=not waiting)
