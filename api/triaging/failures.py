"""What can keep a paper from being triaged: told in words that hold nothing of the paper, since they stay for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from api.intake.cipher import StoreError
from triage.errors import DocumentError, OcrUnavailableError

Course = Literal["review", "failed", "retry"]
"""A person reads the paper instead; it is a dead letter at once; or it is tried again some times before."""

_STORE = {
    "missing_original": "The original is not in the store. Restore the store from a backup, then retry.",
    "damaged_original": "The original in the store is damaged. Restore it from a backup, then retry.",
    "wrong_store_key": "The original cannot be decrypted with the store key that is set. Correct it, then retry.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an attempt failed. `expected` faults are explained by their code; others are looked up in the log."""

    code: str
    message: str
    course: Course
    expected: bool = True


INTERRUPTED = Fault(
    "interrupted", "The worker that read the paper was lost, or another took the paper over.", "retry"
)


def fault_of(error: Exception) -> Fault:
    """What an error means for the paper that it was raised for."""
    match error:
        case OcrUnavailableError():  # the machine is at fault, not the paper
            return Fault(error.code, f"{error} Install it on the workers, then retry.", "failed")
        case DocumentError():
            return Fault(error.code, str(error), "review")
        case StoreError():
            message = _STORE.get(
                error.code, "The store of originals cannot be read. Look into the log, then retry."
            )
            return Fault(error.code, message, "failed")
        case MemoryError():
            code, message = "out_of_memory", "The worker had not enough memory for this paper."
        case OSError():
            code, message = "input_output", f"The worker met an error of the system ({type(error).__name__})."
        case _:
            code, message = "internal", f"Unexpected {type(error).__name__}: the worker's log says where."
    return Fault(code, message, "retry", expected=False)
