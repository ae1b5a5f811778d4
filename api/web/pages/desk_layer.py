"""What lies over the pictures of a paper's pages, fetched with each of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.deps import ServicesDep
from api.documents import service as documents
from api.web.desk_layer import drawn
from api.web.pages.desk import Number, Reader

router = APIRouter(include_in_schema=False)


@router.get("/papers/{number}/pages/{leaf}/layout.svg")
def show_layer(
    number: Number, leaf: Annotated[int, Path(ge=1, le=10_000)], services: ServicesDep, who: Reader
) -> Response:
    """The words of a page where they stand on its picture."""
    return Response(drawn(documents.layout(services, who, number, leaf)), media_type="image/svg+xml")
