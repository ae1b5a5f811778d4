"""Changing the competence rules, step by step: the draft travels in the form, nothing is kept until it is proposed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ValidationError
from starlette.responses import Response

from api.auth.deps import allowed
from api.auth.permissions import Permission, Principal
from api.deps import ServicesDep
from api.errors import InvalidError, ServiceError
from api.intake.calendar import baku_date
from api.policy import service
from api.policy.rules import check, differences
from api.policy.schemas import Condition, PolicyIn, RuleIn, RulesIn, TrialOut
from api.problems import status_of
from api.web.forms import Form, FormDep, FormError
from api.web.language import N_
from api.web.pages.policy import NUMBERS, version_name
from api.web.render import Page, PageDep

router = APIRouter(prefix="/policy/draft", include_in_schema=False)
Changer = Annotated[Principal, Depends(allowed(Permission.CHANGE_POLICY))]
_CONDITIONS: tuple[Condition, ...] = (
    "document_type",
    "subject_group",
    "subject",
    "territory_group",
    "territory",
)
_LONGEST = 200_000
Rules = list[RuleIn]


@router.get("")
def begin_draft(
    page: PageDep,
    services: ServicesDep,
    who: Changer,
    like: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
) -> Response:
    """The newest rules, to be changed; or those of a proposal, to be proposed anew."""
    version, rules = service.newest_rules(services, who)
    form = Form.of(base=version, since=str(baku_date(services.now()) + timedelta(days=1)))
    if like is not None:
        found = service.get(services, who, like)
        rules, form.values["reason"] = found.rules, [found.reason]
    return _draft(page, who, form, rules)


@router.post("")
def change_draft(page: PageDep, services: ServicesDep, who: Changer, form: FormDep) -> Response:
    """One step: move, take out, open or keep a rule; try the draft, or propose it."""
    deed, _, number = form.get("do").partition(":")
    try:
        rules = _read(form)
        match deed:
            case "edit" | "add":
                newest = service.newest_rules(services, who)[1]
                return _rule(page, _opened(form, rules, number, [*rules, *newest]), rules)
            case "keep":
                return _keep(page, who, form, rules)
            case "try":
                papers = (
                    int(form.get("papers")) if form.get("papers") in map(str, NUMBERS) else service.PAPERS
                )
                tried = service.preview(services, who, RulesIn(rules=rules), papers)
                return _draft(page, who, form, rules, tried)
            case "propose":
                return _propose(page, who, form, rules)
        return _draft(page, who, form, _moved(rules, deed, number))
    except ServiceError as error:
        try:
            rules = _read(form)
        except InvalidError:
            raise error from None
        return _draft(page, who, form.refused(error), rules, status=status_of(error))


def _read(form: Form) -> Rules:
    """The draft in the form. Raises InvalidError where it is none of ours."""
    sent = form.get("rules")
    try:
        return RulesIn.model_validate({"rules": json.loads(sent if len(sent) <= _LONGEST else "")}).rules
    except (ValidationError, ValueError):
        raise InvalidError("The draft of the rules cannot be read. Begin anew.") from None


def _told(rules: Rules) -> str:
    return json.dumps([rule.row() for rule in rules], ensure_ascii=False, separators=(",", ":"))


def _moved(rules: Rules, deed: str, number: str) -> Rules:
    """The rules with one moved or taken out; as they are where there is no such rule or deed."""
    at = next((at for at, rule in enumerate(rules) if rule.id == number), None)
    if at is None:
        return rules
    found = [*rules]
    rule = found.pop(at)
    if deed == "remove":
        return found or rules
    if deed in {"up", "down"}:
        found.insert(max(0, at - 1) if deed == "up" else at + 1, rule)
        return found
    return rules


def _opened(form: Form, rules: Rules, number: str, known: Rules) -> Form:
    """The form of one rule; of a new one, before the last, where none has this number."""
    at = next((at for at, rule in enumerate(rules) if rule.id == number), None)
    rule = rules[at] if at is not None else RuleIn(id=_free(known), when={}, to=rules[-1].to, ground="...")
    form.values |= {name: list(rule.when.get(name, ())) for name in _CONDITIONS}
    form.values |= {
        "id": [rule.id], "was": [rule.id if at is not None else ""], "to": [rule.to],
        "unit": ["on" if rule.unit else ""], "ground": [rule.ground if at is not None else ""],
        "place": [str(at + 1 if at is not None else len(rules))],
    }  # fmt: skip
    return form


def _free(rules: Rules) -> str:
    """The next number: never one that stands for another rule."""
    used = [int(rule.id[1:]) for rule in rules if rule.id[1:].isascii() and rule.id[1:].isdigit()]
    return f"R{max(used, default=0) + 1:02d}"


def _keep(page: Page, who: Principal, form: Form, rules: Rules) -> Response:
    """Put the rule of the form into the draft, at its place; what is wrong with it is said at its form."""
    was, others = form.get("was"), [rule for rule in rules if rule.id != form.get("was")]
    when = {name: form.all(name) for name in _CONDITIONS if form.all(name)}
    try:
        rule = form.read(RuleIn, when=when, unit="territory" if form.get("unit") else None)
        if not form.get("place").isascii() or not form.get("place").isdigit():
            form.errors["place"] = N_("Give a number.")
            raise FormError("Something in the form is missing or wrong.")
        others.insert(min(max(int(form.get("place")[:4]) - 1, 0), len(others)), rule)
        check(page.services.rulebook.bundled, [other.row() for other in others])
    except InvalidError as error:
        return _rule(page, form.refused(error), rules, status_of(error))
    form.values["kept"] = [was or rule.id]
    return _draft(page, who, form, others)


def _propose(page: Page, who: Principal, form: Form, rules: Rules) -> Response:
    try:
        wanted = form.read(PolicyIn, rules=rules, since=form.get("since"), base=form.get("base") or None)
    except FormError:
        if "from" in form.errors:  # as the schema calls it
            form.errors["since"] = form.errors.pop("from")
        raise
    made = service.propose(page.services, who, wanted)
    said = page.words.text("The change is proposed. Another supervisor must approve it.")
    return page.go(f"/policy/changes/{made.id}", said)


def _rule(page: Page, form: Form, rules: Rules, status: int = 200) -> Response:
    """The form of one rule."""
    known = page.services.rulebook.bundled
    labels: dict[str, Any] = {
        "document_type": known.document_types, "subject": known.subjects, "subject_group": known.subject_groups,
        "territory": known.units, "territory_group": sorted(set(known.units.values())),
    }  # fmt: skip
    offered = {
        name: sorted((page.name("unit" if name == "territory" else name, code), code) for code in codes)
        for name, codes in labels.items()
    }
    departments = sorted((page.name("department", code), code) for code in known.departments)
    form.values["rules"] = [_told(rules)]
    return page.render(
        "policy/rule.html", status, form=form, departments=departments, offered=offered, count=len(rules)
    )


def _draft(
    page: Page, who: Principal, form: Form, rules: Rules, tried: TrialOut | None = None, status: int = 200
) -> Response:
    """The draft, with what has changed in it."""
    version, newest = service.newest_rules(page.services, who)
    form.values["rules"] = [_told(rules)]
    rows = differences([rule.row() for rule in newest], [rule.row() for rule in rules])
    return page.render(
        "policy/draft.html", status, form=form, rows=rows, tried=tried, choices=NUMBERS,
        papers=int(form.get("papers") or service.PAPERS) if tried else service.PAPERS,
        version=version_name(page, version), changed=any(row.kind != "same" for row in rows),
        today=baku_date(page.services.now()),
    )  # fmt: skip
