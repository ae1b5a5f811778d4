"""What `triage suggest` and `triage explain` show on a terminal."""

from __future__ import annotations

import io
import re

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from triage.messages import DECISION, REASONS, URGENCY, WORDS, say
from triage.taxonomy import Taxonomy
from triage.types import Document, Prediction, Suggestion

BAR = 24
COLOURS = {"PERSON": "magenta", "ORG": "cyan", "LOC": "green", "DATE": "yellow", "MONEY": "yellow"}
OTHER_COLOUR = "blue"


def table(rows: list[tuple[str, Suggestion]], taxonomy: Taxonomy, language: str) -> Table:
    """One row a document: what it is, where it goes, and why a person should look."""
    result = Table(show_lines=True, expand=False)
    for column in ("document", "document_type", "subject", "territory", "department", "urgency", "decision"):
        result.add_column(say(WORDS, column, language), overflow="fold")
    for name, s in rows:
        result.add_row(
            Text(name),
            _named(taxonomy, "document_types", s.document_type, language),
            _named(taxonomy, "subjects", s.subject, language),
            place(s.territory, taxonomy),
            f"{taxonomy.name('departments', s.route.department, language)}\n[dim]{s.route.rule}[/dim]",
            say(URGENCY, s.urgency.label, language),
            decision(s, language),
        )
    return result


def place(territory: str | None, taxonomy: Taxonomy) -> str:
    """A unit's name; a dash where there is none."""
    return taxonomy.unit_names.get(territory, territory) if territory else "—"


def decision(s: Suggestion, language: str) -> Text:
    """Route or review, with the reasons under it."""
    text = Text(
        say(DECISION, s.decision, language), style="bold green" if s.decision == "route" else "bold yellow"
    )
    for reason in s.review_reasons:
        text.append(f"\n• {say(REASONS, reason, language)}", style="not bold")
    return text


def explanation(document: Document, s: Suggestion, taxonomy: Taxonomy, language: str) -> RenderableType:
    """The text with entities coloured and evidence underlined, probabilities as bars, the rule and its facts."""
    route = s.route
    facts = Text.assemble(
        (f"{say(WORDS, 'department', language)}: ", "bold"), taxonomy.name("departments", route.department, language),
        f" ({place(route.unit, taxonomy)})" if route.unit else "",
        (f"\n{say(WORDS, 'rule', language)} {route.rule}: ", "bold"), route.ground,
        (f"\n{say(WORDS, 'territory', language)}: ", "bold"), place(s.territory, taxonomy),
        (f"\n{say(WORDS, 'candidates', language)}: ", "bold"),
        ", ".join(taxonomy.name("departments", d, language) for d in s.candidates),
        (f"\n{say(WORDS, 'language', language)}: ", "bold"), f"{s.language}, {s.script}",
        (f"\n{say(WORDS, 'decision', language)}: ", "bold"), decision(s, language),
    )  # fmt: skip
    return Group(
        Panel(coloured(document.text, s), title=Text(document.id)),
        _bars("document_types", s.document_type, taxonomy, language),
        _bars("subjects", s.subject, taxonomy, language),
        _bars("urgency", s.urgency, taxonomy, language),
        Panel(facts),
        _entities(s, language),
    )


def coloured(text: str, s: Suggestion) -> Text:
    """The text; entities in the colour of their label, evidence underlined."""
    result = Text(text)
    for e in s.entities:
        result.stylize(COLOURS.get(e.label, OTHER_COLOUR), e.start, e.end)
    for span in s.evidence:
        result.stylize("underline bold" if span.field == "subject" else "underline", span.start, span.end)
    return result


def as_svg(picture: RenderableType, title: str) -> str:
    """The picture as an SVG that asks for nothing outside itself: the reader's own monospaced font."""
    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True)
    console.print(picture)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title=title), flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono")


def _named(taxonomy: Taxonomy, kind: str, prediction: Prediction, language: str) -> str:
    return f"{taxonomy.name(kind, prediction.label, language)}\n[dim]{prediction.probability:.0%}[/dim]"


def _bars(kind: str, prediction: Prediction, taxonomy: Taxonomy, language: str) -> Table:
    title = {"document_types": "document_type", "subjects": "subject"}.get(kind, kind)
    result = Table(title=say(WORDS, title, language), title_justify="left", show_header=False, box=None)
    for label, probability in prediction.ranking[:5]:
        name = say(URGENCY, label, language) if kind == "urgency" else taxonomy.name(kind, label, language)
        bar = "█" * round(probability * BAR) or "▏"
        result.add_row(name, Text(bar, style="cyan"), f"{probability:.1%}")
    return result


def _entities(s: Suggestion, language: str) -> Table:
    result = Table(title=say(WORDS, "entities", language), title_justify="left", show_header=False, box=None)
    for e in s.entities:
        result.add_row(
            Text(e.label, style=COLOURS.get(e.label, OTHER_COLOUR)),
            Text(e.text),
            e.role or "",
            Text(e.value or ""),
        )
    return result
