"""Blind samples: automatic decisions drawn by chance, judged by people who have not seen the machine's answer.

The sample is simple and random: decisions in the order of MD5(`seed:decision`), the first `size` of them, so that who
has the seed and the rows can draw it again. A reader gets one item at a time, which stands in the chain
(`sample.item_opened`); until they have judged it, `api/documents/sight.py` keeps the answer from them.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy.orm import Session

from api.audit.chain import append
from api.audit.rows import recorded
from api.auth.permissions import Permission, Principal
from api.db.tables import Sample, SampleItem, SampleVerdict
from api.deps import Services
from api.documents import sight
from api.errors import ConflictError, InvalidError, NotFoundError
from api.notifications import recipients
from api.notifications.service import notify
from api.supervision import results, sample_rows
from api.supervision.sample_schemas import (
    LARGEST_SEED,
    NextOut,
    SampleIn,
    SampleOut,
    SamplePage,
    VerdictIn,
    VerdictOut,
)
from triage.taxonomy import Taxonomy

_NO_SAMPLE = "There is no such sample. Choose one of the list of samples."
_NO_ITEM = "This item is not before you. Open the next one."
_LABELS = ("department", "subject")
_KEPT = timedelta(days=1)
"""How long an item that somebody opened is left to them; then another may judge it, too."""


def draw(services: Services, who: Principal, wanted: SampleIn) -> SampleOut:
    """Draw a sample of what the caller sees. Raises InvalidError for a wrong period, ConflictError for none to draw."""
    who.require(Permission.DRAW_SAMPLES)
    if wanted.since >= wanted.until:
        raise InvalidError("The period ends before it begins. Let `since` be before `until`.")
    seed = wanted.seed if wanted.seed is not None else secrets.randbelow(LARGEST_SEED)
    with services.database.transaction() as session:
        query = sample_rows.population(
            who.sees, wanted.since, wanted.until, department=wanted.department, subject=wanted.subject
        )
        population, drawn = (
            sample_rows.count(session, query),
            sample_rows.draw(session, query, seed, wanted.size),
        )
        if not drawn:
            raise ConflictError("Nothing was routed automatically in this period. Choose another one.")
        facts = {
            **wanted.model_dump(mode="json", exclude={"seed", "size"}, exclude_none=True), "asked": wanted.size,
            "units": sorted(who.units) if who.units is not None else None,
        }  # fmt: skip
        row = Sample(actor=who.id, size=len(drawn), population=population, seed=seed, facts=facts)
        sample_rows.add(session, row)
        items = [  # the order of the draw is that of their ids
            SampleItem(sample_id=row.id, document_id=document, decision_id=decision, readers=wanted.readers)
            for decision, document in drawn
        ]
        sample_rows.add(session, *items)
        readers = recipients.clerks_of_any(session, sample_rows.offices(session, row.id))
        notify(services, session, readers, "sample.waiting", sample=row.id)
        append(session, who.id, "sample.drawn", None, size=row.size, population=population, **recorded(row))
        return _told(session, who, row, with_items=True)


def page(services: Services, who: Principal, cursor: int | None, limit: int) -> SamplePage:
    """Samples with their results, newest first."""
    who.require(Permission.DRAW_SAMPLES)
    with services.database.transaction() as session:
        found = sample_rows.samples(session, cursor, limit + 1)
        told = [_told(session, who, row) for row in found[:limit]]
    return SamplePage(items=told, next=told[-1].id if len(found) > limit else None)


def get(services: Services, who: Principal, id: int) -> SampleOut:
    """A sample with its items. That they were listed is recorded. Raises NotFoundError."""
    who.require(Permission.DRAW_SAMPLES)
    with services.database.transaction() as session:
        row = sample_rows.sample(session, id)
        if row is None:
            raise NotFoundError(_NO_SAMPLE)
        told = _told(session, who, row, with_items=True)
        append(session, who.id, "sample.read", None, sample=row.id, judged=told.result.judged)
        return told


def next_item(services: Services, who: Principal) -> NextOut:
    """The item that the caller has open, or else the next that they may judge, which is then open for them."""
    who.require(Permission.JUDGE_SAMPLES)
    with services.database.transaction() as session:
        sample_rows.lock(session)
        open_ = sample_rows.opened(session, who.sees, who.id)
        if open_ is None:
            settles, since = Permission.SUPERVISE in who.permissions, services.now() - _KEPT
            item = sample_rows.next_item(session, who.judges, who.id, settles=settles, since=since)
            if item is None:
                return NextOut(item=None, number=None)
            append(
                session, who.id, sample_rows.OPENED, item.document_id, item=item.id, sample=item.sample_id
            )  # fmt: skip
            open_ = item.id
        return _opened(session, who, open_)


def open_item(services: Services, who: Principal) -> NextOut:
    """The item that the caller has open, if there is one. To ask opens none."""
    who.require(Permission.JUDGE_SAMPLES)
    with services.database.transaction() as session:
        open_ = sample_rows.opened(session, who.sees, who.id)
        return NextOut(item=None, number=None) if open_ is None else _opened(session, who, open_)


def judge(services: Services, who: Principal, id: int, wanted: VerdictIn) -> VerdictOut:
    """Give a verdict on the item that the caller has open.

    Raises NotFoundError for any other item, ConflictError where it was judged meanwhile, InvalidError for labels that
    the taxonomy does not have.
    """
    who.require(Permission.JUDGE_SAMPLES)
    _check(services.taxonomy, wanted)
    with services.database.transaction() as session:
        sample_rows.lock(session)
        found = sample_rows.items(session, SampleItem.id == id, who.sees)
        if not found:
            raise NotFoundError(_NO_ITEM)
        ((item, verdicts),) = found
        if any(verdict.actor == who.id for verdict in verdicts):
            raise ConflictError("You have judged this item already. Open the next one.")
        if results.progress(item, verdicts) in ("judged", "gone"):
            raise ConflictError("This item needs no verdict any more. Open the next one.")
        if sample_rows.opened(session, who.sees, who.id) != id:
            raise NotFoundError(_NO_ITEM)
        facts = wanted.model_dump(include={"document_type", "subject", "territory", "urgency"})
        row = SampleVerdict(
            item_id=id,
            actor=who.id,
            actor_name=who.name,
            department=wanted.department,
            unit=wanted.unit,
            facts=facts,
        )
        sample_rows.add(session, row)
        append(session, who.id, "sample.judged", item.item.document_id, item=id, **recorded(row))
        return results.told(row)


def _opened(session: Session, who: Principal, id: int) -> NextOut:
    """An item that is open for the caller."""
    ((found, verdicts),) = sample_rows.items(session, SampleItem.id == id, who.sees)
    return NextOut(item=id, number=found.number, settles=len(verdicts) >= found.item.readers)


def _check(taxonomy: Taxonomy, wanted: VerdictIn) -> None:
    """Raises InvalidError for labels that are not of the taxonomy, and a unit of a department that has none."""
    known = {
        "document_type": taxonomy.document_types, "subject": taxonomy.subjects, "urgency": taxonomy.urgencies,
        "department": taxonomy.departments, "territory": (*taxonomy.units, None), "unit": (*taxonomy.units, None),
    }  # fmt: skip
    for name, labels in known.items():
        if getattr(wanted, name) not in labels:
            raise InvalidError(
                f"The taxonomy has no such {name.replace('_', ' ')}. Choose one of its labels."
            )
    if wanted.unit is not None and not any(
        rule.unit_from_territory for rule in taxonomy.rules if rule.department == wanted.department
    ):
        raise InvalidError("This department has no units. Leave the unit out.")


def _told(session: Session, who: Principal, row: Sample, *, with_items: bool = False) -> SampleOut:
    """A sample as the caller may know of it: of papers that they judge blind just now, neither answer nor draw."""
    mine = SampleItem.sample_id == row.id
    found = sample_rows.items(session, mine, who.sees)
    hidden = sample_rows.unseen_items(session, mine, who.sees)
    blind = sight.hidden(session, who)
    judging = any(item.item.document_id in blind for item, _ in found)
    return SampleOut(
        id=row.id, at=row.at, actor=row.actor, size=row.size, population=row.population, seed=row.seed,
        drawn_from={name: value for name, value in row.facts.items() if not (judging and name in _LABELS)},
        result=results.result(found, hidden),
        items=[results.shown(item, verdicts, blind=item.item.document_id in blind) for item, verdicts in found]
        if with_items else None,
    )  # fmt: skip
