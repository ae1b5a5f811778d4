"""Papers and statements as examples for tuning: windows of token ids, and labels of texts and tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from training.corpus import Paper, Statement
from training.entities import comparable
from training.tune import IGNORED, Example
from triage.encoder import OnnxEncoder, Window
from triage.entities.gazetteer import Gazetteer
from triage.entities.names import NAME_LABELS
from triage.entities.scene import ROLE_LABELS
from triage.entities.territory_features import read_mentions
from triage.taxonomy import Taxonomy
from triage.text import Reading
from triage.token_heads import NAME_TAGS, ROLES, TokenScores
from triage.types import Entity

Spans = NDArray[np.int32]


class ExampleMaker:
    """Makes examples; `encoder` only cuts texts into windows, of which the first and the last are kept."""

    def __init__(self, encoder: OnnxEncoder, gazetteer: Gazetteer, taxonomy: Taxonomy) -> None:
        self.encoder, self.gazetteer, self.taxonomy = encoder, gazetteer, taxonomy

    def example(self, item: Paper | Statement, reading: Reading) -> Example:
        """The example of one paper or statement, in its comparable form."""
        windows = self.encoder.windows(reading.text)
        windows = [windows[0], windows[-1]] if len(windows) > 2 else windows
        text = {
            "subject": self.taxonomy.subjects.index(item.subject),
            "urgency": self.taxonomy.urgencies.index(item.urgency),
        }
        if isinstance(item, Statement):
            return Example(windows, text, {})
        text["document_type"] = self.taxonomy.document_types.index(item.document_type)
        text["person"] = int(item.needs_person)
        return Example(windows, text, self._token_labels(item, reading, windows))

    def _token_labels(
        self, paper: Paper, reading: Reading, windows: Sequence[Window]
    ) -> Mapping[str, NDArray[np.int64]]:
        spans = np.concatenate([w.spans for w in windows])
        entities = comparable(paper, reading).entities
        names = np.zeros(len(spans), dtype=np.int64)
        roles = np.full(len(spans), IGNORED)
        for entity in entities:
            touched = np.flatnonzero(_touches(spans, entity.start, entity.end))
            if entity.label in NAME_LABELS and len(touched):
                names[touched] = NAME_TAGS.index(f"I-{entity.label}")
                names[touched[0]] = NAME_TAGS.index(f"B-{entity.label}")
            if entity.label in ROLE_LABELS:
                roles[touched] = ROLES.index(entity.role or "none")
        return {"names": names, "roles": roles, "places": self._places(paper, reading, entities, spans)}

    def _places(
        self, paper: Paper, reading: Reading, entities: Sequence[Entity], spans: Spans
    ) -> NDArray[np.int64]:
        labels = np.full(len(spans), IGNORED)
        mentions = self.gazetteer.find(reading.text, reading.folded, entities)
        unread = TokenScores.none()
        for told in read_mentions(reading.text, reading.folded, mentions, entities, unread):
            touched = _touches(spans, told.mention.start, told.mention.end)
            labels[touched] = int(paper.territory in told.units)
        return labels


def _touches(spans: Spans, start: int, end: int) -> NDArray[np.bool_]:
    return (spans[:, 0] < end) & (spans[:, 1] > start) & (spans[:, 0] < spans[:, 1])
