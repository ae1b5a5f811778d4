"""What can go wrong in the service, told to people; and how HTTP says it (RFC 9457).

Domain code raises these and knows nothing of HTTP: `STATUS` alone maps them. Messages say what is wrong and what
to do, and never hold text of a document, a name or a secret.
"""

from __future__ import annotations

from typing import Any, ClassVar


class ServiceError(Exception):
    """Something the caller can understand; `code` is stable, the message is for people."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.details = details


class NotFoundError(ServiceError):
    """There is no such thing, or none that the caller may know of."""

    code = "not_found"


class ForbiddenError(ServiceError):
    """The caller may not do this."""

    code = "forbidden"


class UnauthenticatedError(ServiceError):
    """The caller must sign in, or give a valid key."""

    code = "unauthenticated"


class InvalidError(ServiceError):
    """What was sent cannot be taken as it is."""

    code = "invalid"


class UnsupportedError(ServiceError):
    """A file of a kind that cannot be read."""

    code = "unsupported_type"


class TooLargeError(ServiceError):
    """More than the service takes."""

    code = "too_large"


class ConflictError(ServiceError):
    """The thing has changed meanwhile, or is in a state that does not allow this."""

    code = "conflict"


class PreconditionError(ServiceError):
    """The version named by `If-Match` is not the current one."""

    code = "precondition_failed"


class PreconditionRequiredError(ServiceError):
    """A change needs `If-Match` with the version that was seen."""

    code = "precondition_required"


class TooManyError(ServiceError):
    """Too many requests or attempts; `retry_after` (seconds) says when to come again."""

    code = "too_many"


class GoneError(ServiceError):
    """The content was erased by law; that it was there is still known."""

    code = "erased"


class UnavailableError(ServiceError):
    """The service cannot do it now (database away, disk full); nothing was acknowledged, trying again is right."""

    code = "unavailable"


STATUS: dict[type[ServiceError], int] = {
    InvalidError: 422,
    UnauthenticatedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    GoneError: 410,
    PreconditionError: 412,
    TooLargeError: 413,
    UnsupportedError: 415,
    PreconditionRequiredError: 428,
    TooManyError: 429,
    UnavailableError: 503,
}
"""The HTTP status of each error."""
