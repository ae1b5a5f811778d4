"""What a letter to a sender says: the office's words, filled with what is known of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from api.db.tables import Document
from api.deps import Services
from api.intake.calendar import Limit, baku_date
from api.notices.cyrillic import az_to_cyrillic
from api.notices.templates import FORMS, Template, names, placeholders, templates
from api.pdf import printable
from api.review.catalogue import bodies


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, ready to be set: every text is plain. `template` says which words were used."""

    kind: str
    language: str
    script: str
    template: str
    day: date
    office: str
    place: str
    date: str
    number: str
    to: str
    title: str
    paragraphs: tuple[str, ...]
    signature: str


def form_of(facts: dict[str, Any], language: str | None, script: str | None) -> tuple[str, str]:
    """Language and script of a letter: as asked for, else those of the paper; what there is none in: the first form.

    `facts` are those of the paper's suggestion, empty before there is one.
    """
    wanted = language or facts.get("language"), script or facts.get("script")
    near = [form for form in FORMS if form[0] == wanted[0]]
    return wanted if wanted in near else near[0] if near else FORMS[0]


def compose(services: Services, document: Document, kind: str, form: tuple[str, str]) -> Letter:
    """The letter of this kind for a paper, dated today. Raises InvalidError where the office's templates are broken."""
    template = templates(services.settings.notice_templates)[form]
    today = baku_date(services.now())
    own, said = names(services.settings.notice_templates), _Names(services, template)
    values = _values(services, document, kind, template)
    wording = template.letters[kind]
    paragraphs = tuple(
        printable(text.format(**values))
        for text in wording.paragraphs
        if all(values.get(name) is not None for name in placeholders(text))
    )
    return Letter(
        kind=kind,
        language=template.language,
        script=template.script,
        template=f"{template.language}_{template.script}/{kind}/{template.version}",
        day=today,
        office=said.own(own.office),
        place=said.unit(document.office) or said.own(own.place),
        date=template.date.write(today),
        number=template.words["number"].replace("{number}", document.number),
        to=printable(document.sender) if document.sender else template.words["author"],
        title=wording.title,
        paragraphs=paragraphs,
        signature=template.words["signature"],
    )


def _values(services: Services, document: Document, kind: str, template: Template) -> dict[str, str | None]:
    """What the placeholders stand for; None for what is not known or does not apply."""
    said, limit = _Names(services, template), services.limits.of(document.document_type)
    received = baku_date(document.received_at)
    outside = kind == "forwarded" and document.state == "outside"
    routed = kind == "forwarded" and not outside
    answer_by = None if outside else document.answer_by
    days = _days(services, limit, received, answer_by)
    forward_days = limit.forward if outside and limit else None
    return {
        "number": document.number,
        "received": template.date.write(received),
        "answer_by": template.date.write(answer_by) if answer_by else None,
        "department": said.department(document.department) if routed else None,
        "unit": said.unit(document.unit) if routed else None,
        "body": said.body(document.body) if outside else None,
        "answer_rule": _rule(template, "answer", document.document_type, days),
        "forward_rule": _rule(template, "forward", document.document_type, forward_days),
    }


def _rule(template: Template, what: str, document_type: str | None, days: int | None) -> str | None:
    return template.rule(what, document_type).format(days=days) if days is not None else None


def _days(services: Services, limit: Limit | None, received: date, answer_by: date | None) -> int | None:
    """How many days the law gives where the paper's clock runs by it; None where a person set another day."""
    if limit is None or answer_by is None:
        return None
    return next(
        (n for n in (limit.answer, limit.study) if limit.end(received, n, services.calendar) == answer_by),
        None,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    """Names in the language and script of a template; the Azerbaijani ones where there are no others."""

    services: Services
    template: Template

    def own(self, by_language: Any) -> str:
        """One of several names by language."""
        name: str = by_language.get(self.template.language) or by_language["az"]
        return az_to_cyrillic(name) if (self.template.language, self.template.script) == FORMS[1] else name

    def department(self, id: str | None) -> str | None:
        """That of a department; the id itself where the taxonomy has lost it."""
        if id is None:
            return None
        known = self.services.taxonomy.names.get(("departments", id), {})
        more = names(self.services.settings.notice_templates).departments.get(id, {})
        return self.own({"az": id, **known, **more})

    def unit(self, slug: str | None) -> str | None:
        """That of a territorial unit."""
        return self.own({"az": self.services.taxonomy.unit_names.get(slug, slug)}) if slug else None

    def body(self, code: str | None) -> str | None:
        """That of a body outside; one whose name only a person's words tell is called the competent body."""
        found = bodies().get(code or "")
        if found is None or found.words:
            return self.template.words["another_body"]
        return self.own(found.names)
