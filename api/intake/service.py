"""Papers come in: kept byte for byte, numbered without gaps, queued for triage, all in one transaction."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Blob, Document
from api.deps import Services
from api.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, UnsupportedError
from api.intake import repository
from api.intake.calendar import BAKU, Clock, baku_date
from api.intake.schemas import Accepted, BatchState, Registered, Submission
from api.intake.store import Staged
from api.jobs.queue import defer_triage
from triage.documents.sniff import sniff_head
from triage.errors import DocumentError

_HEAD = 65_536
_FUTURE_SECONDS = 300  # clocks of senders may be ahead of ours by so much
_KEY_LENGTH = 200
_NAME_LENGTH = 255


@dataclass(frozen=True)
class Upload:
    """One file as it came: its name is only shown, never used as a path."""

    name: str | None
    stream: BinaryIO


@dataclass(frozen=True)
class _Paper:
    staged: Staged
    name: str | None
    kind: str


def submit(
    services: Services, who: Principal, sent: Submission, uploads: Sequence[Upload], key: str | None = None
) -> Accepted:
    """Register papers, or none of them. When this returns, they are durable and queued.

    `key` is the caller's idempotency key: the same request again is answered as the first time. Raises
    InvalidError, UnsupportedError and the store's errors for what cannot be taken, ForbiddenError for an office
    of others, ConflictError where the key was used for something else, UnavailableError where nothing can be kept.
    """
    _check(services, who, sent, uploads, key)
    with ExitStack() as stack:
        papers = [_stage(services, stack, upload) for upload in uploads]
        with services.database.transaction() as session:
            if key is not None:
                earlier = repository.claim_key(session, who.id, key, _fingerprint(sent, papers))
                if earlier is not None:
                    if earlier.fingerprint != _fingerprint(sent, papers):
                        raise ConflictError(
                            "This idempotency key was used for another request. Use a new one."
                        )
                    return Accepted.model_validate(earlier.answer)
            answer = _register(services, session, who, sent, papers)
            if key is not None:
                repository.keep_answer(session, who.id, key, answer.model_dump())
    return answer


def _check(
    services: Services, who: Principal, sent: Submission, uploads: Sequence[Upload], key: str | None
) -> None:
    who.require(Permission.SUBMIT)
    if not uploads:
        raise InvalidError("No file was sent. Put at least one under the name “file”.")
    if key is not None and not 1 <= len(key) <= _KEY_LENGTH:
        raise InvalidError(f"An idempotency key has 1 to {_KEY_LENGTH} characters.")
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
    if (now - received).days > 366 * 5:
        raise InvalidError("The time of receipt is more than five years ago. Correct the date.")


def _stage(services: Services, stack: ExitStack, upload: Upload) -> _Paper:
    """Read one file beside the store and tell what it is; refused where it is nothing that can be read here."""
    head = upload.stream.read(_HEAD)
    upload.stream.seek(0)
    if not head:
        raise InvalidError(f"{_shown(upload)} is empty.")
    try:
        kind = sniff_head(head)
    except DocumentError as error:
        raise UnsupportedError(f"{_shown(upload)}: {error}") from None
    staged = stack.enter_context(services.store.stage(upload.stream, services.settings.upload_bytes))
    return _Paper(staged, _clean(upload.name), kind)


def _register(
    services: Services, session: Session, who: Principal, sent: Submission, papers: Sequence[_Paper]
) -> Accepted:
    hashes = [paper.staged.sha256 for paper in papers]
    _keep_originals(services, session, papers)
    firsts = repository.first_with(session, hashes)
    now = services.now()
    received = sent.received_at or now
    clock = Clock.start(
        None, baku_date(received), study=False, limits=services.limits, calendar=services.calendar
    )
    batch = repository.new_batch(session, who.id, len(papers)) if len(papers) > 1 else None
    year = now.astimezone(BAKU).year
    documents = []
    for serial, paper in zip(repository.next_serials(session, year, len(papers)), papers, strict=True):
        first = firsts.get(paper.staged.sha256)
        repeated = first is not None and not sent.again
        document = Document(
            number=services.settings.number_format.format(year=year, serial=serial),
            registered_at=now,
            received_at=received,
            channel=sent.channel,
            office=sent.office,
            sender=sent.sender,
            external_reference=sent.external_reference,
            file_name=paper.name,
            media_type=paper.kind,
            size=paper.staged.size,
            sha256=paper.staged.sha256,
            salt=os.urandom(16),
            same_as=first.id if first else None,
            batch_id=batch,
            state="review" if repeated else "registered",
            answer_by=clock.answer_by,
            forward_by=clock.forward_by,
            warn_from=clock.warn_from,
        )
        documents.append(document)
        repository.add(session, [document])
        firsts.setdefault(document.sha256, document)
    for document in documents:
        if document.state == "registered":
            defer_triage(session, document.id)
        append(session, who.id, "document.registered", document.id, **_facts(document))
    known = _known(session, who, documents)
    return Accepted(documents=[_registered(d, known) for d in documents], batch=batch)


def _keep_originals(services: Services, session: Session, papers: Sequence[_Paper]) -> None:
    """Put new originals at their addresses; those that are there are not written again."""
    known = repository.lock_originals(session, [paper.staged.sha256 for paper in papers])
    for paper in papers:
        staged, blob = paper.staged, known.get(paper.staged.sha256)
        if (
            blob is not None
            and blob.erased_at is None
            and services.store.exists(blob.sha256, blob.wrapped_key)
        ):
            continue
        staged.keep()
        if blob is None:
            blob = Blob(sha256=staged.sha256, size=staged.size)
            session.add(blob)
        blob.wrapped_key, blob.erased_at = staged.wrapped_key, None
        known[staged.sha256] = blob
    session.flush()


def forget_original(services: Services, session: Session, sha256: str) -> None:
    """Forget the key of an original in this transaction; its copies go with `Store.erase` after it.

    A sealed copy is lost with its key, even in backups of the store.
    """
    blob = repository.lock_originals(session, [sha256])[sha256]
    blob.wrapped_key, blob.erased_at = None, services.now()


def salted(document: Document) -> str | None:
    """The hash of the original as the audit chain has it; None once erased."""
    return (
        hashlib.sha256(document.salt + bytes.fromhex(document.sha256)).hexdigest() if document.salt else None
    )


def _facts(document: Document) -> dict[str, str | int | None]:
    return {
        "number": document.number,
        "channel": document.channel,
        "office": document.office,
        "size": document.size,
        "original": salted(document),
        "same_as": document.same_as,
    }


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


def _fingerprint(sent: Submission, papers: Sequence[_Paper]) -> str:
    told = [sent.model_dump_json(), *(f"{paper.staged.sha256} {paper.name}" for paper in papers)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _clean(name: str | None) -> str | None:
    """A name to show: the last part of a path, without control characters."""
    if name is None:
        return None
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable())[:_NAME_LENGTH] or None


def _shown(upload: Upload) -> str:
    return _clean(upload.name) or "The file"


def batch_state(services: Services, who: Principal, batch: int) -> BatchState:
    """How far a batch is, for who sent it. Raises NotFoundError for one of others."""
    with services.database.transaction() as session:
        found = repository.batch_of(session, batch, who.id)
        if found is None:
            raise NotFoundError("You have sent no batch of this number.")
        states = repository.batch_states(session, batch)
    waiting = states.get("registered", 0) + states.get("reading", 0)
    return BatchState(batch=batch, size=found.size, states=states, done=not waiting)
