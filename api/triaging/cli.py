"""`triage-api replay`: suggestions made again and compared with the record, told for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console

from api.auth.permissions import SYSTEM
from api.deps import Services
from api.triaging.replay import Outcome, Replayer

SAME, DIFFERENT, NOT_DONE = 0, 1, 2
"""Exit status: all as recorded (or erased by law), something not, something that could not be made again."""


def tell_replays(services: Services, numbers: Sequence[str], out: Console) -> int:
    """Replay these papers, or every one that has a suggestion where none is named; give the exit status.

    Raises NotFoundError for a paper without a suggestion.
    """
    found, replayer = Counter[Outcome](), Replayer(services, SYSTEM)
    for number in numbers or replayer.numbers():
        result = replayer.replay(number)
        found[result.outcome] += 1
        if result.outcome != "same":
            out.print(f"{number}: {result.message}", markup=False)
    told = ", ".join(f"{count} {outcome.replace('_', ' ')}" for outcome, count in sorted(found.items()))
    out.print(f"{found.total()} replayed: {told or 'nothing was suggested yet'}.", markup=False)
    if found["different"]:
        return DIFFERENT
    return SAME if found.keys() <= {"same", "erased"} else NOT_DONE
