"""An approved disposal is carried out: some papers a transaction, then the certificate.

Every paper of it ends in one event, `document.disposed` or `disposal.left_out`, written with what is done to it. So
after a crash the chain says what is left to do, nothing is done twice, and the certificate is made from the chain.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from api.audit.chain import append
from api.db.tables import Disposal, DisposalItem, Document
from api.deps import Services
from api.documents import removal
from api.errors import ServiceError, UnavailableError
from api.intake.calendar import baku_date
from api.retention import repository, service
from api.retention.certificate import certificate, digest
from api.retention.schedule import Schedule, schedule
from api.retention.schemas import Why

_log = structlog.get_logger(__name__)
AT_ONCE = 25
"""Papers in one transaction: neither they nor the audit chain are kept busy for long."""
BY_REQUEST = 100
"""Papers of a disposal that is carried out while its approval is answered; a larger one is left to the worker."""
_DISPOSED, _LEFT_OUT, _REGISTERED = "document.disposed", "disposal.left_out", "document.registered"


def carry_out(services: Services, disposal_id: int) -> None:
    """Dispose of the papers of an approved disposal, and write its certificate. Of any other nothing happens.

    Several may be at it; each paper is done once. Raises InvalidError for a broken schedule, UnavailableError.
    """
    plan = schedule(services.settings.retention_schedule)
    after = 0
    while True:
        with services.database.transaction() as session:
            disposal = _approved(session, disposal_id)
            items = repository.items(session, disposal_id, after, AT_ONCE) if disposal else []
            files = _dispose(services, session, disposal, items, plan) if disposal else []
        removal.delete_files(services, files)
        if not items:
            break
        after = items[-1].document_id
    _finish(services, disposal_id, plan)


def resume(services: Services) -> int:
    """Carry out the disposals that are large or were broken off; how many. For the timers. Raises UnavailableError."""
    with services.database.transaction() as session:
        ids = repository.approved(session)
    done = 0
    for disposal_id in ids:
        try:
            carry_out(services, disposal_id)
            done += 1
        except UnavailableError:
            raise
        except ServiceError as error:  # one that cannot go on must not keep the others back
            _log.warning("disposal_stopped", disposal=disposal_id, error=error.code)
    return done


def _approved(session: Session, disposal_id: int) -> Disposal | None:
    """The disposal, locked, so that one is at its papers at a time; None where it is not to be carried out."""
    disposal = repository.locked_disposal(session, disposal_id)
    return disposal if disposal is not None and disposal.state == "approved" else None


def _dispose(
    services: Services,
    session: Session,
    disposal: Disposal,
    items: Sequence[DisposalItem],
    plan: Schedule,
) -> list[str]:
    """Dispose of these papers but those that may not; gives the files to be deleted after the commit."""
    rules = {item.document_id: item.rule for item in items}
    papers = removal.lock_all(session, list(rules))
    held, proposed = repository.held(session, rules), repository.proposed(session, rules, but=disposal.id)
    outcomes = _outcomes(session, disposal.id, rules)
    today, actor = baku_date(services.now()), disposal.ended_by or disposal.proposed_by
    files: list[str] = []
    for paper in papers:
        if paper.id in outcomes:  # before a crash; its files may have been left
            if outcomes[paper.id] is None:
                files += removal.remove_content(services, session, paper, "disposed").files
            continue
        why = _obstacle(plan, paper, rules[paper.id], service.obstacle(plan, paper, today, held, proposed))
        if why is not None:
            append(session, actor, _LEFT_OUT, paper.id, disposal=disposal.id, why=why)
            continue
        removed = removal.remove_content(services, session, paper, "disposed")
        append(
            session, actor, _DISPOSED, paper.id, disposal=disposal.id, rule=rules[paper.id],
            original_kept=removed.original_kept, heir=removed.heir,
        )  # fmt: skip
        files += removed.files
    return files


def _obstacle(plan: Schedule, paper: Document, rule: str, found: Why | None) -> Why | None:
    """A paper that falls under another rule than it was proposed by is left out, too."""
    return found or ("rule_changed" if plan.of(paper.document_type).id != rule else None)


def _outcomes(
    session: Session, disposal_id: int, ids: Sequence[int] | dict[int, str]
) -> dict[int, Why | None]:
    """What became of papers in this disposal: None, disposed of; or why they were left out."""
    found: dict[int, Why | None] = {}
    for document_id, events in repository.told(session, ids, _DISPOSED, _LEFT_OUT).items():
        for _, details in events:
            if details["disposal"] == disposal_id:
                found[document_id] = details.get("why")
    return found


def _finish(services: Services, disposal_id: int, plan: Schedule) -> None:
    """Write the certificate, if all papers are done and there is none yet."""
    with services.database.transaction() as session:
        disposal = _approved(session, disposal_id)
        if disposal is None:
            return
        rules = {item.document_id: item.rule for item in repository.items(session, disposal_id)}
        outcomes = _outcomes(session, disposal_id, rules)
        papers = {paper.id: paper for paper in repository.papers(session, rules)}
        hashes = {
            document_id: events[0][1].get("original")
            for document_id, events in repository.told(session, rules, _REGISTERED).items()
        }
        actors = {actor for actor in (disposal.proposed_by, disposal.ended_by) if actor}
        disposal.certificate = certificate(
            disposal,
            {actor: repository.name(session, actor) for actor in actors},
            plan,
            [(papers[n], rules[n], hashes.get(n)) for n in sorted(rules) if outcomes[n] is None],
            {papers[n].number: str(why) for n, why in sorted(outcomes.items()) if why is not None},
            services.now(),
        )
        disposal.state = "carried_out"
        append(
            session, disposal.ended_by or "system", "disposal.carried_out", disposal=disposal.id,
            papers=disposal.certificate["count"], left_out=len(disposal.certificate["left_out"]),
            certificate=digest(disposal.certificate),
        )  # fmt: skip
