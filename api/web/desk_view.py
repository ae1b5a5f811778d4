"""What lies on the desk: a paper, its text, and what is suggested for it, each read by its feature's own service.

Nothing is read that is not shown, since every reading is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from api.auth.permissions import Permission, Principal
from api.deps import Services
from api.documents import service as documents
from api.documents.schemas import SuggestionOut, TextPage
from api.errors import ConflictError, GoneError, ServiceError
from api.review import opening
from api.review.checks import units_of
from api.review.opening import OpenedOut
from api.web.desk_layer import drawn
from api.web.desk_text import Found, Ground, Kind, marked, quote
from api.web.names import ground, name
from api.web.render import Page

PICTURED = frozenset({"pdf", "png", "jpeg", "tiff", "bmp", "webp"})
"""Kinds of papers that have pictures of pages."""
LISTED = 300
"""Entities that the form lists one by one; papers with more are corrected in the text alone."""
FIELDS = ("document_type", "subject", "territory", "urgency")
_MOST_QUOTES, _LONGEST_QUOTE = 3, 90
_LEAST_SHARE, _MOST_CANDIDATES = 0.01, 9


@dataclass(frozen=True)
class Candidate:
    """A department that the paper may belong to; `share` is its probability, None where it was not kept."""

    department: str
    share: float | None


@dataclass(frozen=True)
class TextShown:
    """A page of text, ready to be put into a page."""

    number: int
    html: Markup
    confidence: float | None
    source: str | None


@dataclass(frozen=True)
class Suggested:
    """What is suggested, as the form shows it. `quotes` are the words that speak for each field."""

    id: int
    content: Mapping[str, Any]
    candidates: Sequence[Candidate]
    ground: str
    quotes: Mapping[str, Sequence[str]]
    policy_changed: str | None


@dataclass(frozen=True)
class Desk:
    """A paper as it lies on the desk. `kept_back` says why nothing is suggested: `blind`, `choice`, or a sentence.

    `layer` is what lies over the picture of the page that is looked at.
    """

    paper: OpenedOut
    texts: Sequence[TextShown]
    unread: str | None
    suggested: Suggested | None
    kept_back: str | None
    mine: bool
    entities: Sequence[Mapping[str, Any]] = field(default=())
    layer: Markup | None = None

    @property
    def pictured(self) -> bool:
        """Whether there are pictures of its pages."""
        return _pictured(self.paper)

    @property
    def last_page(self) -> int | None:
        """The number of pages, where the text was read."""
        return max((text.number for text in self.texts), default=None)

    @property
    def labels(self) -> dict[str, str]:
        """What is suggested, by the names of the form's fields; empty where nothing is shown."""
        if self.suggested is None:
            return {}
        told = self.suggested.content
        plain = {key: told[key] or "" for key in ("territory", "department", "unit", "urgency")}
        return {
            **plain, "document_type": told["document_type"]["label"], "subject": told["subject"]["label"],
        }  # fmt: skip


def on_desk(
    page: Page,
    services: Services,
    who: Principal,
    number: str,
    *,
    chosen: bool = False,
    text: bool = True,
    leaf: int | None = None,
) -> Desk:
    """The paper on the desk. `chosen` says that the clerk has chosen already, so that the suggestion may be seen;
    `text` whether its text is looked at, `leaf` the number of the page whose picture is. Raises NotFoundError.
    """
    with services.database.together():
        return _read(page, services, who, number, chosen=chosen, text=text, leaf=leaf)


def _read(
    page: Page, services: Services, who: Principal, number: str, *, chosen: bool, text: bool, leaf: int | None
) -> Desk:
    paper = opening.opened(services, who, number)
    waits = paper.item is not None
    late = services.settings.show_suggestion == "after_choice" and waits and not chosen
    kept_back = "blind" if paper.blind else "choice" if late else None
    told: SuggestionOut | None = None
    if kept_back is None:
        try:
            told = documents.suggestion(services, who, number)
        except (ConflictError, GoneError) as error:
            kept_back = str(error)
    content = told.content if told is not None else {}
    pages: Sequence[TextPage] = ()
    unread: str | None = None
    if text or not _pictured(paper):
        try:
            pages = documents.text(services, who, number).pages
        except ServiceError as error:
            unread = str(error)
    return Desk(
        paper=paper,
        texts=_texts(page, pages, content),
        unread=unread,
        suggested=_suggested(page, services, paper, told) if told is not None else None,
        kept_back=kept_back,
        mine=paper.item is not None and paper.item.held_by_me and Permission.DECIDE in who.permissions,
        entities=content.get("entities", ()),
        layer=_layer(page, services, who, number, leaf, content) if leaf and _pictured(paper) else None,
    )


def candidates(content: Mapping[str, Any], departments: Mapping[str, float] | None) -> list[Candidate]:
    """Departments in order: the suggested one first, then those of the calibrated set, then what else is likely.

    `departments` are their probabilities; None for what was suggested before they were kept.
    """
    shares = departments or {}
    first = content["department"]
    listed = [first, *(other for other in content["candidates"] if other != first)]
    others = sorted(shares, key=lambda department: (-shares[department], department))
    listed += [one for one in others if one not in listed and shares[one] >= _LEAST_SHARE]
    unlikely = 0.0 if departments else None
    return [
        Candidate(department, shares.get(department, unlikely)) for department in listed[:_MOST_CANDIDATES]
    ]


def with_units(services: Services) -> list[str]:
    """The departments that have units."""
    return [label for label in services.taxonomy.departments if units_of(services.taxonomy, label)]


def in_words(page: Page, rule: str | None, sentence: str, place: str | None) -> str:
    """A rule and its ground: `R18: Place of the crime: Quba`."""
    told = ground(page.words, sentence).rstrip(".")
    where = f": {name(page.words, page.services.taxonomy, 'unit', place)}" if place else ""
    return f"{rule}: {told}{where}" if rule else f"{told}{where}"


def _pictured(paper: OpenedOut) -> bool:
    return paper.media_type in PICTURED


def _suggested(page: Page, services: Services, paper: OpenedOut, told: SuggestionOut) -> Suggested:
    content = told.content
    changed = content["policy"] != services.taxonomy.version and paper.item is not None
    return Suggested(
        id=told.suggestion,
        content=content,
        candidates=candidates(content, told.departments),
        ground=in_words(page, content["rule"], content["ground"], content["territory"]),
        quotes={key: _quotes(content, key) for key in FIELDS},
        policy_changed=services.taxonomy.version if changed else None,
    )


def _quotes(content: Mapping[str, Any], key: str) -> list[str]:
    """The words that speak most for a field, each once."""
    spans = sorted(
        (span for span in content["evidence"] if span["for"] == key), key=lambda span: -float(span["weight"])
    )
    words = dict.fromkeys(quote(content.get("pages", ()), span)[:_LONGEST_QUOTE] for span in spans)
    return [told for told in words if told][:_MOST_QUOTES]


def _texts(page: Page, pages: Sequence[TextPage], content: Mapping[str, Any]) -> list[TextShown]:
    shown = []
    for one in pages:
        grounds = [
            Ground(span["for"], span["start"], span["end"])
            for span in content.get("evidence", ())
            if span.get("page", 1) == one.page
        ]
        html = marked(one.text, _found(content, one.page), grounds, _kind(page))
        shown.append(TextShown(one.page, html, one.confidence, one.source))
    return shown


def _layer(
    page: Page, services: Services, who: Principal, number: str, leaf: int, content: Mapping[str, Any]
) -> Markup | None:
    """What lies over the picture of a page; None where nothing was read on it, or all is gone."""
    try:
        return drawn(documents.layout(services, who, number, leaf), _found(content, leaf), _kind(page))
    except ServiceError:
        return None


def _found(content: Mapping[str, Any], leaf: int) -> list[Found]:
    """The entities on a page."""
    return [
        Found(index, entity["start"], entity["end"], entity["label"], entity["role"])
        for index, entity in enumerate(content.get("entities", ()))
        if entity.get("page", 1) == leaf
    ]


def _kind(page: Page) -> Kind:
    """Names kinds and roles of entities in the reader's language."""

    def kind(label: str, role: str | None) -> str:
        told = page.name("entity", label)
        return f"{told}, {page.name('entity_role', role)}" if role else told

    return kind
