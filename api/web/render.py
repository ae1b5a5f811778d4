"""A page for one reader: rendered in their language and theme, or a redirect with a word about what was done.

A handler takes `PageDep` (a signed-in reader) or `OpenPageDep` (anybody) and ends with `page.render(…)`, or after a
change with `page.go(…)`. What is said after a redirect travels in a sealed cookie and is shown once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from starlette.responses import Response

from api.auth.browser import SAFE_METHODS
from api.auth.context import Auth
from api.auth.deps import AuthDep, SignedInDep
from api.auth.sessions import SignedIn
from api.deps import Services, ServicesDep
from api.errors import UnavailableError
from api.notifications import service as notifications
from api.web import names, statics
from api.web.language import LANGUAGES, Words, words
from api.web.navigation import local, places

TEMPLATES = Path(__file__).parent / "templates"
THEMES: Final = ("auto", "light", "dark")
_FLASH, _YEAR = "flash", 31_536_000
_FLASH_BYTES = 2_000
_FRAME = (
    "base.html",
    "_top.html",
    "_foot.html",
    "_keys.html",
    "macros/ui.html",
    "macros/fields.html",
    "error.html",
)


@dataclass(frozen=True)
class Page:
    """What a handler shows pages with."""

    request: Request
    services: Services
    auth: Auth
    words: Words
    signed_in: SignedIn | None = None

    def render(self, template: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        """A page. `values` are the template's; `page` and the functions of `environment` are there, too."""
        said = self._said()
        context = {"page": self, "said": said, "now": self.services.now(), **values}
        answer = HTMLResponse(environment(self.words.code).get_template(template).render(context), status)
        if said:
            answer.delete_cookie(_FLASH, path="/")
        return answer

    def go(self, path: str, said: str | None = None, **shown: str) -> RedirectResponse:
        """Lead the reader on after a change; `said` and `shown` (secrets shown once) are on the next page."""
        answer = RedirectResponse(local(path), 303)
        if said:
            sealed = self.auth.secrets.seal(json.dumps({"text": said, **shown}).encode(), _FLASH)
            self.keep(answer, _FLASH, base64.urlsafe_b64encode(sealed).decode(), seconds=300)
        return answer

    def keep(self, answer: Response, name: str, value: str, *, seconds: int = _YEAR) -> None:
        """Have the browser keep something that no script reads."""
        secure = self.auth.secure
        answer.set_cookie(
            name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
        )

    @property
    def csrf(self) -> str:
        """The token that forms of this session carry; empty for who has none."""
        return self.signed_in.session.csrf if self.signed_in else ""

    @property
    def places(self) -> list[Any]:
        """The navigation of this reader."""
        return places(self.signed_in.principal) if self.signed_in else []

    @property
    def path(self) -> str:
        """The path of this page, with its query."""
        query = self.request.url.query
        return self.request.url.path + (f"?{query}" if query else "")

    @property
    def theme(self) -> str:
        """`light`, `dark`, or `auto` for what the system prefers."""
        told = self.request.cookies.get("theme", "")
        return told if told in THEMES else "auto"

    @property
    def keys(self) -> bool:
        """Whether single keys are shortcuts: a reader may switch them off (WCAG 2.1.4)."""
        return self.request.cookies.get("keys") != "off"

    @property
    def here(self) -> str:
        """Where the reader comes back to after choosing language or colours: this page, or what led to it."""
        if self.request.method in SAFE_METHODS:
            return self.path
        asked = urlsplit(self.request.headers.get("referer", ""))
        return local(asked.path + (f"?{asked.query}" if asked.query else "")) if asked.path else "/"

    @cached_property
    def unread(self) -> int | None:
        """How many notifications the reader has not read; None for who has none at all."""
        if self.signed_in is None or self.signed_in.required:
            return None
        return notifications.unread(self.services, self.signed_in.principal).unread

    def is_at(self, path: str) -> bool:
        """Whether this page belongs to the part that begins at a path."""
        return f"{self.request.url.path}/".startswith(f"{path}/")

    def may(self, permission: str) -> bool:
        """Whether the reader may do this."""
        return self.signed_in is not None and permission in self.signed_in.principal.permissions

    def names(self, kind: str, codes: Sequence[str]) -> str:
        """The names of several codes."""
        return ", ".join(self.name(kind, code) for code in codes)

    def name(self, kind: str, code: str | None) -> str:
        """The name of a code (`names.py`) for this reader."""
        return names.name(self.words, self.services.taxonomy, kind, code)

    def _said(self) -> Mapping[str, str]:
        sealed = self.request.cookies.get(_FLASH, "")
        if not sealed or len(sealed) > _FLASH_BYTES:
            return {}
        try:
            told = json.loads(self.auth.secrets.unseal(base64.urlsafe_b64decode(sealed), _FLASH))
        except (UnavailableError, ValueError):
            return {}
        return dict(told)


def read_page(request: Request, services: ServicesDep, auth: AuthDep, signed_in: SignedInDep) -> Page:
    """A page for who is signed in."""
    page = Page(request, services, auth, words(signed_in.user.language), signed_in)
    request.state.page = page
    return page


def open_page(request: Request, services: ServicesDep, auth: AuthDep) -> Page:
    """A page for anybody, in the language that the browser keeps."""
    page = Page(request, services, auth, words(request.cookies.get("language")))
    request.state.page = page
    return page


PageDep = Annotated[Page, Depends(read_page)]
OpenPageDep = Annotated[Page, Depends(open_page)]


class _Compiled(BytecodeCache):
    """Templates that one language has compiled, for the others: they are the same but for their words."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same source."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()


def warm() -> None:
    """Read before the first reader comes what all pages have: catalogues, forms of dates, static files, the frame."""
    statics.version()
    for code in LANGUAGES:
        words(code).read()
        for name in _FRAME:
            environment(code).get_template(name)


@cache
def environment(code: str) -> Environment:
    """Templates in a language: they escape what they are given, and fail on a name that they are not given."""
    told = words(code)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, bytecode_cache=_compiled,
    )  # fmt: skip
    made.globals.update(
        _=told.text, plural=told.plural, words=told, static=statics.url, languages=LANGUAGES, themes=THEMES,
        address=address, ground=partial(names.ground, told),
    )  # fmt: skip
    return made


def address(path: str, query: Mapping[str, Any] | None = None, **changes: Any) -> str:
    """A path with a query: that of `query`, with `changes`; None takes a value away."""
    wanted = {**(query or {}), **changes}
    told = urlencode({name: value for name, value in wanted.items() if value is not None}, doseq=True)
    return f"{path}?{told}" if told else path
