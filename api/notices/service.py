"""Letters to senders: made when a paper was registered, forwarded or could not be read, and kept as originals are.

A letter is a row and two files in the store. Making one does not change the paper, so the paper's version stays: who
has it open may go on. The files go when the paper's content goes; the row stays and says that there was a letter.
"""

from __future__ import annotations

import hashlib
import io
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.auth.permissions import Permission, Principal
from api.db.tables import Document, Notice, NoticeSending
from api.deps import Services
from api.documents.sight import require_sighted
from api.errors import ConflictError, GoneError, NotFoundError
from api.intake import service as intake
from api.notices import repository
from api.notices.letter import Letter, compose, form_of
from api.notices.schemas import Form, Kind, NoticeIn, NoticeOut, SendingIn, SendingOut
from api.notices.writing import docx_file, pdf

_NONE = "There is no paper of this number, or it is not yours to see."
_NO_NOTICE = "There is no notice of this number, or its paper is not yours to see."
_GONE = "The content of this paper is gone, and its letters with it."
_LARGEST = 2**22
_MEDIA: dict[Form, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


class ChangedError(ConflictError):
    """The paper has changed since the letter was composed."""


@dataclass(frozen=True)
class NoticeFile:
    """A letter to be sent: its bytes, to be read to the end, their number, and what they are."""

    stream: BinaryIO
    size: int
    media_type: str
    name: str


def make(services: Services, who: Principal, number: str, wanted: NoticeIn) -> NoticeOut:
    """Make a letter and keep it. The same letter again is the one that there is.

    Raises NotFoundError; ConflictError where the paper does not stand as the letter would say, or changed meanwhile;
    GoneError; InvalidError for broken templates; StorageFullError.
    """
    who.require(Permission.MAKE_NOTICES)
    return prepare(services, who, number, wanted).keep()


@dataclass(frozen=True)
class Prepared:
    """A letter that was composed of a paper at one version of it, and is not kept yet."""

    services: Services
    who: Principal
    document_id: int
    version: int
    letter: Letter

    def keep(self, order: int | None = None) -> NoticeOut:
        """Set and keep the letter; `order` is carried out by it. Raises ConflictError where the paper has changed."""
        services = self.services
        with ExitStack() as stack:
            made = [docx_file(self.letter), pdf(self.letter)]
            staged = [stack.enter_context(services.store.stage(io.BytesIO(data), _LARGEST)) for data in made]
            with services.database.transaction() as session:
                hashes = [file.sha256 for file in staged]
                intake.lock_originals(session, hashes)
                document = repository.lock(session, self.document_id)
                if document.version != self.version:
                    raise ChangedError("This paper has changed meanwhile. Look at it again, then ask again.")
                if order is not None and not repository.end_order(session, order):
                    raise ConflictError("This letter was made already.")
                intake.keep_originals(services, session, staged)
                notice = _known(session, document, hashes) or self._add(session, document, *hashes)
                return _shown(session, document, [notice])[0]

    def _add(self, session: Session, document: Document, docx_sha256: str, pdf_sha256: str) -> Notice:
        letter = self.letter
        notice = Notice(
            document_id=document.id,
            decision_id=document.decision_id if letter.kind != "registered" else None,
            kind=letter.kind, language=letter.language, script=letter.script, template=letter.template,
            actor=self.who.id, docx_sha256=docx_sha256, pdf_sha256=pdf_sha256,
        )  # fmt: skip
        repository.add(session, notice)
        append(
            session, self.who.id, "notice.made", document.id, notice=notice.id, kind=letter.kind,
            template=letter.template, docx=_salted(document, docx_sha256), pdf=_salted(document, pdf_sha256),
        )  # fmt: skip
        return notice


def prepare(
    services: Services, who: Principal, number: str, wanted: NoticeIn, decision_id: int | None = None
) -> Prepared:
    """Compose a letter; `decision_id` is the decision that it is to tell of, where that is known."""
    with services.database.transaction() as session:
        document = _found(session, who, number)
        if document.state in {"erased", "disposed"}:
            raise GoneError(_GONE)
        if decision_id is not None and decision_id != document.decision_id:
            raise ConflictError("The decision that the letter would tell of is no longer in force.")
        _check(document, wanted.kind, repository.action(session, document))
        form = form_of(repository.facts(session, document), wanted.language, wanted.script)
        letter = compose(services, document, wanted.kind, form)
        return Prepared(services, who, document.id, document.version, letter)


def listed(services: Services, who: Principal, number: str) -> list[NoticeOut]:
    """The letters of a paper, oldest first. Raises NotFoundError."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        document = _found(session, who, number)
        found = list(repository.of(session, document.id))
        append(session, who.id, "notices.listed", document.id, notices=[notice.id for notice in found])
        return _shown(session, document, found)


def read(services: Services, who: Principal, id: int, form: Form) -> NoticeFile:
    """A letter as a file. Raises NotFoundError, GoneError, and the store's errors."""
    who.require(Permission.READ)
    with services.database.transaction() as session:
        notice, document = _notice(session, who, id)
        blob = repository.blob(session, notice.docx_sha256 if form == "docx" else notice.pdf_sha256)
        if document.state in {"erased", "disposed"} or blob.erased_at is not None:
            raise GoneError(_GONE)
        stream = services.store.open(blob.sha256, blob.wrapped_key)
        append(session, who.id, "notice.read", document.id, notice=notice.id, form=form)
        name = f"{document.number}-{notice.kind}-{notice.language}.{form}"
        return NoticeFile(stream, blob.size, _MEDIA[form], name)


def sent(services: Services, who: Principal, id: int, sending: SendingIn) -> NoticeOut:
    """Record that a letter was sent. Raises NotFoundError, GoneError."""
    who.require(Permission.MAKE_NOTICES)
    with services.database.transaction() as session:
        notice, found = _notice(session, who, id)
        document = repository.lock(session, found.id)
        if document.state in {"erased", "disposed"}:
            raise GoneError(_GONE)
        row = NoticeSending(notice_id=notice.id, actor=who.id, way=sending.way, reference=sending.reference)
        repository.add(session, row)
        append(session, who.id, "notice.sent", document.id, notice=notice.id, sending=row.id, way=row.way)
        return _shown(session, document, [notice])[0]


def files_of(session: Session, document_ids: list[int]) -> set[str]:
    """Hashes of the files of all letters of these papers, to be locked before the papers are."""
    return repository.files(session, document_ids)


def forget(services: Services, session: Session, document_id: int) -> list[str]:
    """Forget a paper's letters in this transaction, and what is ordered of it; can be done again.

    Gives the hashes of their files, which `intake.remove_forgotten` deletes after the commit; files that another paper
    needs, as its original or its letter, stay.
    """
    repository.end_orders(session, document_id)
    files = repository.files(session, [document_id])
    forgotten = sorted(files - repository.needed(session, files, document_id)) if files else []
    for sha256 in forgotten:
        intake.forget_original(services, session, sha256)
    return forgotten


def _check(document: Document, kind: Kind, action: str | None) -> None:
    """Raises ConflictError where a letter of this kind would not be true."""
    forwarded = document.department is not None and document.state in {"routed", "accepted"}
    forwarded = forwarded or (document.state == "outside" and document.body is not None)
    if kind == "forwarded" and not forwarded:
        raise ConflictError("This paper was not sent to a department or a body. Decide on it first.")
    if kind == "returned" and not (document.state == "closed" and action == "unreadable"):
        raise ConflictError("This paper was not found unreadable. Decide on it first.")


def _found(session: Session, who: Principal, number: str) -> Document:
    """The paper. Raises NotFoundError; ConflictError while the caller judges it blind: letters say where it went."""
    document = repository.find(session, who.reads, number)
    if document is None:
        raise NotFoundError(_NONE)
    require_sighted(session, who, document)
    return document


def _notice(session: Session, who: Principal, id: int) -> tuple[Notice, Document]:
    found = repository.with_paper(session, who.reads, id)
    if found is None:
        raise NotFoundError(_NO_NOTICE)
    require_sighted(session, who, found[1])
    return found


def _known(session: Session, document: Document, hashes: list[str]) -> Notice | None:
    """The letter of a paper that is the same byte for byte."""
    notices = repository.of(session, document.id)
    return next((n for n in notices if [n.docx_sha256, n.pdf_sha256] == hashes), None)


def _salted(document: Document, sha256: str) -> str | None:
    """As the chain may hold it: without the paper's salt it tells nothing."""
    return hashlib.sha256(document.salt + bytes.fromhex(sha256)).hexdigest() if document.salt else None


def _shown(session: Session, document: Document, notices: list[Notice]) -> list[NoticeOut]:
    sendings = repository.sendings(session, [notice.id for notice in notices])
    told = ("id", "kind", "language", "script", "template", "created_at", "actor")
    return [
        NoticeOut.model_validate({
            **{name: getattr(notice, name) for name in told},
            "number": document.number,
            "sendings": [
                SendingOut.model_validate(s, from_attributes=True) for s in sendings if s.notice_id == notice.id
            ],
        })
        for notice in notices
    ]  # fmt: skip
