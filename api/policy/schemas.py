"""How the rules in force, proposals, and trials are told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Condition = Literal["document_type", "subject", "subject_group", "territory", "territory_group"]
State = Literal["proposed", "refused", "coming", "in_force", "past"]
Basis = Literal["suggested", "decided"]
Label = Annotated[str, Field(min_length=1, max_length=60)]
MOST_RULES = 200
MOST_PAPERS = 1000


class RuleIn(BaseModel):
    """A competence rule: it decides where every condition holds; a condition holds by any of its values."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9.-]{0,15}$", examples=["R18"])
    when: dict[Condition, Annotated[list[Label], Field(min_length=1, max_length=100)]] = Field(
        examples=[{"subject_group": ["criminal"], "territory_group": ["territorial"]}]
    )
    to: Label = Field(description="A department of the taxonomy.", examples=["territorial"])
    unit: Literal["territory"] | None = Field(
        None, description="`territory`: its unit where the facts happened."
    )
    ground: str = Field(min_length=3, max_length=300, examples=["Place of the crime."])

    def row(self) -> dict[str, Any]:
        """In the form of a taxonomy's `routing`; the same rule always the same."""
        when = {name: sorted(set(values)) for name, values in sorted(self.when.items())}
        row: dict[str, Any] = {"id": self.id, "when": when, "to": self.to, "ground": self.ground.strip()}
        return {**row, "unit": self.unit} if self.unit else row


class RulesIn(BaseModel):
    """Rules, read from the top: the first whose conditions hold decides. The last one has no condition."""

    model_config = ConfigDict(extra="forbid")

    rules: list[RuleIn] = Field(min_length=1, max_length=MOST_RULES)


class PolicyIn(RulesIn):
    """Rules to be put in the place of those in force. The reason stays for ever: no names of citizens."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    reason: str = Field(min_length=5, max_length=500, examples=["Cybercrime goes to the regions from May on"])
    since: date = Field(
        alias="from", description="From the beginning of this day in Baku, or when approved later."
    )
    base: str | None = Field(
        None,
        max_length=60,
        description="The version that was changed, as `GET /policy` gives it; null: the newest.",
    )


class RefusalIn(BaseModel):
    """Why proposed rules are refused, or taken back by who proposed them. It stays for ever."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=5, max_length=500, examples=["The rule would leave nobody competent."])


class DepartmentRules(BaseModel):
    """A department and the rules that lead to it."""

    id: str
    names: dict[str, str]
    rules: list[str]


class InForceOut(BaseModel):
    """The rules in force and the labels that they are made of."""

    version: str = Field(description="As suggestions name it in `policy`.")
    policy: int | None = Field(description="The policy they come from; null: the active bundle's own.")
    since: datetime | None
    fits: bool = Field(
        description="False: approved rules do not fit the active bundle, and nothing is triaged."
    )
    newest: str = Field(description="The version of the newest rules, which may have yet to come into force.")
    rules: list[RuleIn]
    departments: list[DepartmentRules]
    subject_groups: dict[str, list[str]]
    units: dict[str, list[str]] = Field(description="Units by the group that rules name.")


class VerdictOut(BaseModel):
    """What became of a proposal."""

    verdict: Literal["approved", "refused"]
    at: datetime
    actor: str
    actor_name: str
    holds_from: datetime | None
    reason: str | None


class PolicyOut(BaseModel):
    """Rules that were proposed, without the rules."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    at: datetime
    actor: str
    actor_name: str
    reason: str
    since: date = Field(serialization_alias="from")
    base: str
    state: State
    verdict: VerdictOut | None
    approvable: bool = Field(description="Whether the caller may approve it: it waits, and is not their own.")


class PolicyFull(PolicyOut):
    """With the rules, and those that they were made from."""

    before: list[RuleIn]
    rules: list[RuleIn]


class PolicyPage(BaseModel):
    """Proposals, newest first."""

    items: list[PolicyOut]
    next: str | None


class RouteOut(BaseModel):
    """Where rules send a paper."""

    department: str
    unit: str | None
    rule: str


class ChangeOut(BaseModel):
    """A paper whose route changes, by the facts that were suggested or that a person decided on."""

    number: str
    basis: Basis
    document_type: str
    subject: str
    territory: str | None
    before: RouteOut
    after: RouteOut
    decided: str | None = Field(description="The department that a person sent it to, if one did.")


class CountOut(BaseModel):
    """Papers that a department gets, by the facts that were suggested."""

    department: str
    before: int
    after: int


class TrialOut(BaseModel):
    """What rules would have changed of the newest papers."""

    papers: int
    changed: int = Field(description="Papers with another department or unit, by any facts.")
    decided: int = Field(description="Papers that a person sent to a department.")
    agree_before: int = Field(description="Of these: by the facts decided on, the old rules send there, too.")
    agree_after: int
    other_rule: int = Field(description="Papers that go where they went, by another rule.")
    departments: list[CountOut] = Field(description="Those that change most first.")
    changes: list[ChangeOut]
