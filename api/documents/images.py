"""Pictures of pages, made when they are first asked for and kept beside the store until the paper is erased."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from api.auth.permissions import Principal
from api.deps import Services
from api.documents import service
from api.errors import ConflictError, NotFoundError, UnsupportedError
from api.intake.service import original_locked
from triage.documents.picture import picture
from triage.errors import DocumentError, PageMissingError, UnsupportedFormatError


def page(services: Services, who: Principal, number: str, page: int) -> bytes:
    """Page `page` (from 1) as PNG; that it was looked at is recorded.

    Pictures of sealed originals are never kept. Raises NotFoundError, GoneError, UnsupportedError for papers without
    pages to look at, ConflictError for one that cannot be drawn.
    """
    original = service.original(services, who, number, action="document.page_read", page=page)
    with contextlib.closing(original.stream):
        kept = None if original.sealed else services.pages_folder(original.sha256) / f"{page}.png"
        if kept is not None and kept.exists():
            return kept.read_bytes()
        data = original.stream.read()
    try:
        drawn = picture(data, page)
    except PageMissingError as error:
        raise NotFoundError(str(error)) from None
    except UnsupportedFormatError as error:
        raise UnsupportedError(str(error)) from None
    except DocumentError as error:
        raise ConflictError(f"This page cannot be drawn. {error}") from None
    if kept is not None:
        with original_locked(services, original.sha256) as still_there:
            if still_there:  # it was not erased while the page was drawn
                _keep(kept, drawn)
    return drawn


def _keep(path: Path, data: bytes) -> None:
    """Write beside and rename, so that no half picture is ever shown; without room it is drawn again next time."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(part).replace(path)
