"""What the verdicts on a sample say: which were errors, how often, and how far readers agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from api.db.tables import SampleVerdict
from api.supervision.sample_rows import Item
from api.supervision.sample_schemas import AgreementOut, ErrorRow, ItemOut, ResultOut, VerdictOut
from api.supervision.statistics import kappa, rate, share

Judged = tuple[Item, SampleVerdict]
Progress = Literal["to_judge", "to_settle", "judged", "gone"]


def answer(verdict: SampleVerdict) -> tuple[str, str | None]:
    """What counts of a verdict: department and unit."""
    return verdict.department, verdict.unit


def settled(readers: int, verdicts: Sequence[SampleVerdict]) -> SampleVerdict | None:
    """The verdict that holds: the only reader's, the first of two who agree, or the third's; None before."""
    if len(verdicts) < readers:
        return None
    if readers == 2 and answer(verdicts[0]) != answer(verdicts[1]):
        return verdicts[2] if len(verdicts) > 2 else None
    return verdicts[0]


def progress(item: Item, verdicts: Sequence[SampleVerdict]) -> Progress:
    """Where an item stands; `gone`: its content was erased or disposed of before it could be judged."""
    if settled(item.item.readers, verdicts) is not None:
        return "judged"
    if item.state in ("erased", "disposed"):
        return "gone"
    return "to_settle" if len(verdicts) >= item.item.readers else "to_judge"


def result(items: Sequence[tuple[Item, list[SampleVerdict]]], hidden: int) -> ResultOut:
    """The result of a sample. Nothing is claimed before every item is judged that can be.

    `hidden` items are of papers that the caller may not see: with them, only who sees all gets a rate.
    """
    judged = [
        (item, held) for item, given in items if (held := settled(item.item.readers, given)) is not None
    ]
    gone = sum(progress(item, given) == "gone" for item, given in items)
    complete = not hidden and bool(judged) and len(judged) + gone == len(items)
    return ResultOut(
        items=len(items) + hidden,
        judged=len(judged),
        to_settle=sum(progress(item, given) == "to_settle" for item, given in items),
        gone=gone,
        not_yours=hidden,
        complete=complete,
        total=_row("", judged) if complete else None,
        departments=_by(judged, "department") if complete else [],
        subjects=_by(judged, "subject") if complete else [],
        agreement=agreement([given[:2] for _, given in items if len(given) > 1]),
    )


def agreement(pairs: Sequence[Sequence[SampleVerdict]]) -> AgreementOut:
    """How far two readers of the same papers gave the same department and unit, before any third settled it."""
    labels = [tuple("/".join(filter(None, answer(verdict))) for verdict in pair) for pair in pairs]
    agreed = sum(first == second for first, second in labels)
    return AgreementOut(
        pairs=len(labels), agreed=agreed, share=share(agreed, len(labels)),
        kappa=kappa([(first, second) for first, second in labels]),
    )  # fmt: skip


def shown(item: Item, verdicts: Sequence[SampleVerdict], *, blind: bool) -> ItemOut:
    """An item as a drawer sees it: verdicts and the machine's answer only once it is judged, and not to the `blind`."""
    where = progress(item, verdicts)
    held = settled(item.item.readers, verdicts)
    row = ItemOut(
        item=item.item.id,
        number=item.number,
        readers=item.item.readers,
        verdicts=len(verdicts),
        progress=where,
    )
    if held is None or blind:
        return row
    return row.model_copy(update={
        "department": item.department, "unit": item.unit, "error": _is_error((item, held)),
        "given": [told(verdict) for verdict in verdicts],
    })  # fmt: skip


def told(verdict: SampleVerdict) -> VerdictOut:
    """A verdict as it is shown."""
    return VerdictOut(
        id=verdict.id, item=verdict.item_id, at=verdict.at, actor=verdict.actor, actor_name=verdict.actor_name,
        department=verdict.department, unit=verdict.unit, **verdict.facts,
    )  # fmt: skip


def _is_error(judged: Judged) -> bool:
    item, verdict = judged
    return answer(verdict) != (item.department, item.unit)


def _by(judged: Sequence[Judged], label: Literal["department", "subject"]) -> list[ErrorRow]:
    values = sorted({getattr(item, label) or "" for item, _ in judged})
    return [
        _row(value, ((i, v) for i, v in judged if (getattr(i, label) or "") == value)) for value in values
    ]


def _row(value: str, judged: Iterable[Judged]) -> ErrorRow:
    errors = [_is_error(one) for one in judged]
    return ErrorRow(value=value, judged=len(errors), errors=sum(errors), **rate(sum(errors), len(errors)))
