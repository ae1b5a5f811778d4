"""Static files, kept in memory and served under a path that holds the hash of them all, so that they keep for ever.

One hash for all: a module that imports another by a relative path gets the one that belongs to it. Beside the files
there is a module of words for each language, `words/<language>.js`, with what the other modules say to people.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from api.errors import NotFoundError
from api.web.language import LANGUAGES, words

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static"
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
_STYLES = ("tokens.css", "layout.css", "parts.css")
"""First in the one style sheet, `app.css`; other style sheets follow by name."""
_SAID = re.compile(r"""\b(?:t|plural)\(\s*"((?:[^"\\]|\\.)*)"(?:,\s*"((?:[^"\\]|\\.)*)")?""")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class File:
    """A file as it is sent."""

    media_type: str
    content: bytes
    packed: bytes


@cache
def files() -> dict[str, File]:
    """All static files, by the path below the hash."""
    found = {str(path.relative_to(FOLDER)): path.read_bytes() for path in sorted(FOLDER.rglob("*.*"))}
    first = {name: found.pop(name) for name in _STYLES}
    later = {name: found.pop(name) for name in sorted(found) if name.endswith(".css")}
    found["app.css"] = b"".join({**first, **later}.values())
    scripts = "".join(text.decode() for name, text in found.items() if name.endswith(".js"))
    for code in LANGUAGES:
        found[f"words/{code}.js"] = _module(code, said(scripts))
    return {
        name: File(_kind(name), content, gzip.compress(content, mtime=0)) for name, content in found.items()
    }


@cache
def version() -> str:
    """The hash of all static files."""
    whole = hashlib.sha256()
    for name, file in files().items():
        whole.update(f"{name} {len(file.content)} ".encode() + file.content)
    return whole.hexdigest()[:16]


def url(name: str) -> str:
    """The path at which a static file is served. Raises KeyError where there is none of this name."""
    files()[name]
    return f"{PREFIX}/{version()}/{name}"


def said(scripts: str) -> list[tuple[str, ...]]:
    """The messages of modules, with one form or two: of `t` and of `plural`."""
    found = {tuple(json.loads(f'"{part}"') for part in fit if part) for fit in _SAID.findall(scripts)}
    return sorted(found)


@router.get(PREFIX + "/{version}/{name:path}")
def static_file(request: Request, version: str, name: str) -> Response:
    """A style sheet, script or picture of the pages."""
    file = files().get(name) if version == _version() else None
    if file is None:
        raise NotFoundError("There is nothing at this address.")
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            file.packed, media_type=file.media_type, headers={**_FOREVER, "Content-Encoding": "gzip"}
        )
    return Response(file.content, media_type=file.media_type, headers=_FOREVER)


_version = version


def _module(code: str, messages: list[tuple[str, ...]]) -> bytes:
    """Messages in a language, as a module: a text, or the forms of a plural by the language's own count."""
    told = words(code)
    table = {message[0]: told.forms(*message) for message in messages}
    return f"export const words = {json.dumps(table, ensure_ascii=False, sort_keys=True)};\n".encode()


def _kind(name: str) -> str:
    if name.endswith(".js"):
        return "text/javascript; charset=utf-8"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
