"""From a document to a suggestion: all the steps, on one screen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage import bundle as bundles
from triage import registry
from triage.bundle import Bundle
from triage.calibrate import candidate_set, confidence
from triage.classify import Counted, Features, Head
from triage.documents import from_text
from triage.encoder import Encoding
from triage.entities.authority import authority_unit
from triage.explain import evidence_spans
from triage.routing import Router
from triage.signals import instructions
from triage.text import Reading
from triage.token_heads import TokenScores
from triage.types import Document, Entity, Evidence, Field, Prediction, Route, Suggestion

MIN_LETTERS = 3
"""A text with fewer letters is empty: nothing can be told from it."""

IMMEDIATE = "immediate"

_MAIL_FIELDS = re.compile(r"(?:(?:From|To|Cc|Date): [^\n]*\n)+")
"""Fields of a message that say nothing of its matter, as `triage.documents.email` writes them first."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Facts:
    """What was found before the rules are applied."""

    features: Features
    document_type: Prediction
    subject: Prediction
    urgency: Prediction
    person: float
    places: list[tuple[str | None, float]]
    place_span: tuple[int, int] | None


class Triager:
    """Reads documents with one bundle. Keeps no state between calls; safe to share between threads."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.router = Router(bundle.taxonomy)
        # The encoder leaves Python's lock alone, so names are tagged on the other core meanwhile.
        self._beside = ThreadPoolExecutor(thread_name_prefix="encoder")

    @classmethod
    def load(cls, models: Path, *, threads: int = 2) -> Triager:
        """With the active bundle of a `models/` directory, its hashes verified."""
        folder, sha256 = registry.active(models)
        return cls(bundles.load(folder, expected_sha256=sha256, threads=threads))

    def ruled(self, rules: Iterable[Mapping[str, Any]], mark: str) -> Triager:
        """The same bundle by other competence rules (`Taxonomy.ruled`). Raises `TaxonomyError`."""
        return Triager(replace(self.bundle, taxonomy=self.bundle.taxonomy.ruled(rules, mark)))

    def suggest_text(self, text: str, *, id: str) -> Suggestion:
        """Suggest for a bare text."""
        return self.suggest(from_text(text, id=id))

    def suggest(self, document: Document) -> Suggestion:
        """Say what a document is, where it must go, by which rule, and whether a person must look first."""
        reading = self.bundle.text.read(document.text)
        orders = instructions(reading.folded)
        fields = [_MAIL_FIELDS.match(reading.text)] if document.format == "email" else []
        masked = _masked(reading, [(o.start, o.end) for o in orders] + [m.span() for m in fields if m])
        read = self._beside.submit(self._encode, masked.text)
        counted = Counted.of(masked, len(document.pages))
        entities = self.bundle.tagger.tag(reading.text, reading.language, lambda: read.result()[1])
        empty = sum(c.isalpha() for c in reading.text) < MIN_LETTERS
        encoding, tokens = read.result()
        facts = self._facts(masked, Features.of(counted, encoding), tokens, entities)
        if empty:
            facts = _of_an_empty_sheet(facts)
        route, departments, conflict = self._route(facts, entities)
        candidates = candidate_set(departments, route.department, self.bundle.thresholds)
        sure = confidence(departments, route.department, facts.person)
        familiarity = self.bundle.novelty.similarity(facts.features.vector)
        reasons = [
            *(["truncated"] if document.truncated else []),
            *(["instructions_in_text"] if orders else []),
            *(["conflict_of_interest"] if conflict else []),
            *(["empty"] if empty else self._unfit(document, reading, familiarity)),
            *([] if empty else self._doubts(facts, sure, route, candidates)),
        ]
        return Suggestion(
            id=document.id,
            document_type=facts.document_type,
            subject=facts.subject,
            urgency=facts.urgency,
            territory=facts.places[0][0],
            route=route,
            confidence=sure,
            candidates=candidates,
            language=reading.language,
            script=reading.script,
            decision="review" if reasons else "route",
            review_reasons=tuple(reasons),
            evidence=self._evidence(reading, facts),
            entities=tuple(_to_source(entity, reading) for entity in entities),
            bundle=self.bundle.id,
            bundle_sha256=self.bundle.sha256,
            policy=self.bundle.taxonomy.version,
            input_sha256=document.sha256,
            notes=document.notes,
            departments=tuple(sorted(departments.items(), key=lambda row: (-row[1], row[0]))),
            familiarity=familiarity,
        )

    def _encode(self, text: str) -> tuple[Encoding, TokenScores]:
        encoding = self.bundle.encoder.encode(text)
        return encoding, self.bundle.tokens.read(encoding)

    def _facts(
        self, reading: Reading, features: Features, tokens: TokenScores, entities: tuple[Entity, ...]
    ) -> _Facts:
        bundle, heads = self.bundle, self.bundle.heads
        mentions = bundle.gazetteer.find(reading.text, reading.folded, entities)
        places, place_span = bundle.territory.rank(reading.text, reading.folded, mentions, entities, tokens)
        return _Facts(
            features=features,
            document_type=_prediction(heads.document_type, features),
            subject=_prediction(heads.subject, features),
            urgency=_urgent(_prediction(heads.urgency, features), bundle.thresholds.immediate_probability),
            person=float(heads.person.probabilities(features)[1]),
            places=places,
            place_span=place_span,
        )

    def _route(self, facts: _Facts, entities: tuple[Entity, ...]) -> tuple[Route, dict[str, float], bool]:
        """The route by the most likely facts, P(department), and whether it avoids an office complained of."""
        route = self.router.route(facts.document_type.label, facts.subject.label, facts.places[0][0])
        departments = self.router.department_distribution(
            facts.document_type.ranking, facts.subject.ranking, facts.places
        )
        groups, gazetteer = self.bundle.taxonomy.units, self.bundle.gazetteer
        surfaces = [e.text for e in entities if e.label == "ORG" and e.role == "complained_of"]
        found = (authority_unit(surface, gazetteer, groups) for surface in surfaces)
        offices = [office for office in found if office is not None]
        other = self.router.avoid(route, offices)
        return (route, departments, False) if other is None else (other, departments, True)

    def _unfit(self, document: Document, reading: Reading, familiarity: float) -> list[str]:
        """Reasons that lie in the paper itself."""
        limits = self.bundle.thresholds
        confidences = [page.confidence for page in document.pages if page.confidence is not None]
        reasons = []
        if reading.language == "other" or reading.language_probability < limits.language_probability:
            reasons.append("unsupported_language")
        elif reading.known_share < limits.known_share or min(confidences, default=1) < limits.ocr_confidence:
            reasons.append("unreadable")
        if familiarity < limits.novelty_similarity:
            reasons.append("new_topic")
        return reasons

    def _doubts(self, facts: _Facts, sure: float, route: Route, candidates: tuple[str, ...]) -> list[str]:
        """Reasons that lie in the answer: doubt, several departments, and what a person always sees first."""
        taxonomy, limits = self.bundle.taxonomy, self.bundle.thresholds
        reasons = []
        if sure < limits.route_probability:
            reasons.append("low_confidence")
        second = self.router.route(facts.document_type.label, facts.subject.ranking[1][0], facts.places[0][0])
        two_matters = (
            facts.subject.ranking[1][1] >= limits.also_probability and second.department != route.department
        )
        if two_matters or len(candidates) > 1:
            reasons.append("several_departments")
        if facts.subject.label in taxonomy.review_subjects:
            reasons.append("always_review")
        if facts.urgency.label in taxonomy.review_urgencies:
            reasons.append("urgent")
        return reasons

    def _evidence(self, reading: Reading, facts: _Facts) -> tuple[Evidence, ...]:
        heads, found = self.bundle.heads, list[Evidence]()
        chosen: list[tuple[Field, Head, str]] = [
            ("document_type", heads.document_type, facts.document_type.label),
            ("subject", heads.subject, facts.subject.label),
        ]
        for name, head, label in chosen:
            gains = head.contributions(facts.features, head.labels.index(label), len(reading.text))
            for span in evidence_spans(reading.text, gains):
                found.append(Evidence(name, *reading.to_source(span.start, span.end), span.weight))
        found += _urgency_evidence(heads.urgency, facts, reading)
        if facts.place_span is not None:
            found.append(Evidence("territory", *reading.to_source(*facts.place_span), facts.places[0][1]))
        return tuple(found)


def _masked(reading: Reading, spans: Iterable[tuple[int, int]]) -> Reading:
    """The reading with these spans blanked, offsets kept: such text must not move a route."""
    text, folded = reading.text, reading.folded
    for start, end in spans:
        blank = " " * (end - start)
        text = text[:start] + blank + text[end:]
        folded = folded[:start] + blank + folded[end:]
    return replace(reading, text=text, folded=folded)


def _prediction(head: Head, features: Features) -> Prediction:
    probabilities = head.probabilities(features)
    order = np.argsort(-probabilities, kind="stable")
    return Prediction(tuple((head.labels[k], float(probabilities[k])) for k in order))


def _urgent(prediction: Prediction, threshold: float) -> Prediction:
    """`immediate` first from its own threshold on, whatever is likelier."""
    if prediction[IMMEDIATE] < threshold:
        return prediction
    return Prediction(tuple(sorted(prediction.ranking, key=lambda row: row[0] != IMMEDIATE)))


def _of_an_empty_sheet(facts: _Facts) -> _Facts:
    """What the labelling rules say of an empty sheet: there is nothing to predict from."""
    return replace(
        facts,
        document_type=_certain(facts.document_type, "other_document"),
        subject=_certain(facts.subject, "general"),
        urgency=_certain(facts.urgency, "normal"),
    )


def _certain(prediction: Prediction, label: str) -> Prediction:
    others = tuple((other, 0.0) for other, _ in prediction.ranking if other != label)
    return Prediction(((label, 1.0), *others))


def _to_source(entity: Entity, reading: Reading) -> Entity:
    start, end = reading.to_source(entity.start, entity.end)
    return replace(entity, start=start, end=end, text=reading.source[start:end])


def _urgency_evidence(head: Head, facts: _Facts, reading: Reading) -> list[Evidence]:
    """Signals that stood for an urgency above normal; without any, the model's own spans."""
    if facts.urgency.label == "normal":
        return []
    signals = facts.features.counted.signals[:8]
    if signals:
        share = round(1 / len(signals), 4)
        return [Evidence("urgency", *reading.to_source(s.start, s.end), share) for s in signals]
    gains = head.contributions(facts.features, head.labels.index(facts.urgency.label), len(reading.text))
    spans = evidence_spans(reading.text, gains)
    return [Evidence("urgency", *reading.to_source(s.start, s.end), s.weight) for s in spans]
