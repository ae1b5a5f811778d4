"""DOCX by python-docx: headers, body, notes and footers, text boxes where they are anchored.

Deleted text of tracked changes is left out, inserted text is read. Automatic numbers of lists are not
in the file and hence not in the text.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml import parse_xml

from triage.documents.content import Content, single, tidy
from triage.documents.isolate import isolated
from triage.documents.limits import Limits
from triage.errors import CorruptError, TooLargeError

_XML_AT_MOST = 40_000_000  # bytes; the tree takes about ten times as much
_ENTRIES_AT_MOST = 10_000
_LARGE_PART = 10_000_000
_SKIPPED = frozenset({"del", "moveFrom", "instrText", "delText", "Fallback", "pPr", "rPr", "sectPr", "tblPr"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\u00ad"}
_BEFORE, _AFTER = ("header",), ("footnotes", "endnotes", "footer")


def read(data: bytes, limits: Limits) -> Content:
    """All text on one page; a table row is a line with tabs between its cells. Done in a child process.

    Raises `TooLargeError` for an archive that unpacks beyond the limits (before it is unpacked) and
    `CorruptError` for one that cannot be parsed or that declares XML entities.
    """
    return isolated(lambda: _read(data, limits), seconds=limits.parse_seconds, memory=limits.parse_memory)


def _read(data: bytes, limits: Limits) -> Content:
    try:
        pictures = _check_archive(data, limits)
        main = docx.Document(io.BytesIO(data)).part
        parts = [*_related(main, _BEFORE), main.element, *_related(main, _AFTER)]
        blocks = ["\n".join(_blocks(element)).strip("\n") for element in parts]
    except (CorruptError, TooLargeError):
        raise
    except Exception as error:  # whatever the libraries stumble on, the fault is in the file
        raise CorruptError("The file begins like a DOCX but is damaged or cut.") from error
    text = tidy("\n".join(block for block in blocks if block.strip()))
    return single(text, ("The document holds pictures, whose text was not read.",) if pictures else ())


def _check_archive(data: bytes, limits: Limits) -> bool:
    """Refuse bombs by the sizes in the directory, which zipfile enforces; True if there are pictures."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        xml = [entry for entry in entries if entry.filename.endswith((".xml", ".rels"))]
        if (
            len(entries) > _ENTRIES_AT_MOST
            or sum(entry.file_size for entry in entries) > limits.max_unpacked
            or sum(entry.file_size for entry in xml) > min(_XML_AT_MOST, limits.max_unpacked)
            or any(_is_bomb(entry, limits) for entry in entries)
        ):
            raise TooLargeError("The DOCX unpacks to far more than its size; it is not read.")
        for entry in xml:
            if b"<!" in (part := archive.read(entry).replace(b"\0", b"")) and b"<!DOCTYPE" in part:
                raise CorruptError("The DOCX declares XML entities, which no word processor writes.")
        return any(entry.filename.startswith("word/media/") for entry in entries)


def _is_bomb(entry: zipfile.ZipInfo, limits: Limits) -> bool:
    return entry.file_size > max(_LARGE_PART, limits.max_ratio * entry.compress_size)


def _related(main: Any, kinds: tuple[str, ...]) -> list[Any]:
    """The roots of the parts of these kinds, kind by kind in the order of their relations."""
    return [
        parse_xml(relation.target_part.blob)
        for kind in kinds
        for relation in main.rels.values()
        if not relation.is_external and relation.reltype.rpartition("/")[2] == kind
    ]


def _name(element: Any) -> str:
    """The tag without its namespace, so that transitional and strict files read alike; comments have none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _blocks(element: Any) -> Iterator[str]:
    """The paragraphs and table rows under `element`, in document order."""
    for child in element:
        name = _name(child)
        if name == "p":
            boxes: list[Any] = []
            yield "".join(_inline(child, boxes))
            for box in boxes:
                yield from _blocks(box)
        elif name == "tbl":
            yield from _rows(child)
        elif name and name not in _SKIPPED:
            yield from _blocks(child)


def _rows(table: Any) -> Iterator[str]:
    for row in table.iterchildren("{*}tr"):
        yield "\t".join("\n".join(_blocks(cell)) for cell in row.iterchildren("{*}tc", "{*}sdt"))


def _inline(element: Any, boxes: list[Any]) -> Iterator[str]:
    """The pieces of text in a paragraph; text boxes anchored in it are collected in `boxes`."""
    for child in element:
        name = _name(child)
        if name == "t":
            yield child.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "txbxContent":
            boxes.append(child)
        elif name and name not in _SKIPPED:
            yield from _inline(child, boxes)
