"""What happens in the made office: four weeks, in which most papers go their way and some do not.

Every paper has a fate. What was decided stands with who decided, as everywhere; who they are says that it is made.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial
from itertools import count

from api.auth.permissions import Principal
from api.demo.clock import Span
from api.demo.office import Office
from api.demo.papers import File, Sample, damaged, file_of, scan_of
from api.demo.supervision import Supervision
from api.jobs import timers
from api.review.decision_schemas import DuplicateIn, EscalateIn, OutsideIn, UnreadableIn

_A_DAY = 540
"""Minutes of office hours."""
_FRESH = 12
"""So many of the last papers wait for whoever looks at the demo …"""
_RAISED = (8, 10)
"""… but these of them, from the end, for a supervisor."""
_URGENT = 2
"""So many that tell of danger are among them."""
_PETITION_DECIDED = 2
_HASTE = {"immediate": (15, 60), "high": (60, 300), "normal": (120, 850)}
"""Minutes of office hours until a clerk decides, by urgency: from, to."""
_BODIES = {
    "trial_verdict": "court_of_appeal", "enforcement": "enforcement_office", "social_security": "ministry_of_labour",
    "traffic": "police_office",
}  # fmt: skip
_UNKNOWN = {"suggestion": None, "version": 1}
"""Of a decision that is made when the paper is open."""
_SCANNED, _PLAIN = 4, 1
"""Numbers of a paper that somebody scanned, and of one that comes as text."""


class Fate(Enum):
    """What becomes of a paper."""

    ROUTED = auto()
    MISROUTED = auto()
    OUTSIDE = auto()
    ESCALATED = auto()
    UNDONE = auto()
    REPEATED = auto()
    LEFT = auto()


@dataclass(frozen=True)
class _Arrival:
    """A paper that comes at a moment, as the `number`-th."""

    number: int
    when: datetime
    sample: Sample
    fate: Fate


class Story:
    """The history of an office in a span of time."""

    def __init__(self, office: Office, span: Span) -> None:
        self._office, self._span = office, span

    def plan(self, samples: Iterable[Sample]) -> int:
        """Put everything that happens into the diary; how many papers come, beside those that come again."""
        arrivals = list(self._arrivals(list(samples)))
        for arrival in arrivals:
            self._office.diary.plan(arrival.when, partial(self._come, arrival))
        for opening in self._span.days[1:-1]:
            self._a_day(opening)
        self._mishaps(arrivals[-1].sample)
        Supervision(self._office).plan(self._span.days)
        return len(arrivals)

    def _arrivals(self, samples: list[Sample]) -> Iterator[_Arrival]:
        """Papers spread over the office hours; those of a family follow its first, a petition of many comes last."""
        petition = {s.family for s in samples if sum(s.family == each.family for each in samples) > 2}
        later = [s for s in samples if s.family != s.id and s.family not in petition]
        many = [s for s in samples if s.family in petition]
        single = [s for s in samples if s.family == s.id and s not in many]
        single.sort(key=[s for s in single if s.urgency == "immediate"][:_URGENT].__contains__)  # these last
        fates, numbers = deque(self._fates()), count()
        for place, sample in enumerate(single):
            left = len(single) - place
            fate = self._fate(fates, sample) if left > _FRESH else Fate.LEFT
            fate = Fate.ESCALATED if left in _RAISED else fate
            jitter = self._office.chance.uniform(0.05, 0.95)
            yield self._arrival(next(numbers), sample, fate, (place + jitter) / len(single))
        for sample in later:
            yield self._arrival(_PLAIN, sample, Fate.ROUTED, 0.82)
        for place, sample in enumerate(many):
            fate = Fate.ROUTED if place < _PETITION_DECIDED else Fate.LEFT
            yield self._arrival(next(numbers), sample, fate, 0.8 + 0.18 * place / len(many))

    def _arrival(self, number: int, sample: Sample, fate: Fate, share: float) -> _Arrival:
        return _Arrival(number, self._span.at(share), sample, fate)

    def _fates(self) -> Iterator[Fate]:
        """Fates that are not the usual one, in the order in which they befall papers."""
        rare = (
            Fate.MISROUTED,
            Fate.OUTSIDE,
            Fate.UNDONE,
            Fate.REPEATED,
            Fate.ESCALATED,
            Fate.MISROUTED,
            Fate.LEFT,
        )
        for _ in range(2):
            yield from rare
        yield from (Fate.MISROUTED, Fate.OUTSIDE, Fate.OUTSIDE, Fate.REPEATED)

    def _fate(self, fates: deque[Fate], sample: Sample) -> Fate:
        """The next fate in the row that fits a paper, now and then; else it is routed."""
        for fate in list(fates):
            if self._fits(fate, sample) and self._office.chance.random() < 0.5:
                fates.remove(fate)
                return fate
        return Fate.ROUTED

    def _fits(self, fate: Fate, sample: Sample) -> bool:
        if fate is Fate.MISROUTED:
            return self._mistaken(sample) is not None
        return fate is not Fate.OUTSIDE or sample.subject in _BODIES

    def _mistaken(self, sample: Sample) -> str | None:
        """Another subject by which a paper would go to another department that has officers here."""
        right = self._office.right(sample).department
        staffed = self._office.people.officers
        routes = {
            subject: self._office.by_rules(sample, subject).department
            for subject in (*sample.also, "general")
        }
        return next(
            (s for s, department in routes.items() if department != right and department in staffed), None
        )

    def _come(self, arrival: _Arrival) -> None:
        """A paper comes in, and a clerk gets to it later, or never."""
        sample, office = arrival.sample, self._office
        file = scan_of(sample) if arrival.number == _SCANNED else file_of(sample, arrival.number)
        number = office.receive(file, sample)
        if arrival.fate is Fate.REPEATED:
            again = office.hours.after(arrival.when, 3 * _A_DAY)
            office.diary.plan(again, lambda: self._repeat(file, sample, number))
        clerk = office.people.clerks[arrival.number % len(office.people.clerks)]
        deed = self._deed(arrival, number, clerk)
        if deed is not None:
            least, most = _HASTE[sample.urgency]
            wait = office.chance.uniform(least, most)
            office.diary.plan(office.hours.after(arrival.when, wait), deed)

    def _deed(self, arrival: _Arrival, number: str, clerk: Principal) -> Callable[[], object] | None:
        """What a clerk does with a paper; None: nothing."""
        office, sample = self._office, arrival.sample
        match arrival.fate:
            case Fate.LEFT:
                return None
            case Fate.OUTSIDE:
                wanted = OutsideIn(action="outside", body=_BODIES[sample.subject], **_UNKNOWN)
                return partial(office.decide, number, clerk, wanted)
            case Fate.ESCALATED:
                return partial(self._escalate, number, clerk)
            case Fate.MISROUTED:
                mistaken = office.by_rules(sample, self._mistaken(sample) or sample.subject)
                return partial(office.settle, number, clerk, mistaken)
            case Fate.UNDONE:
                return partial(self._change_mind, number, clerk)
            case _:
                return partial(office.settle, number, clerk)

    def _escalate(self, number: str, clerk: Principal) -> None:
        """A clerk asks a supervisor, who decides two days later."""
        wanted = EscalateIn(action="escalate", remark="Nümunə qeyd: kimin baxacağı aydın deyil.", **_UNKNOWN)
        if self._office.decide(number, clerk, wanted) is not None:
            when = self._office.hours.after(self._office.services.now(), 2 * _A_DAY)
            supervisor = self._office.people.supervisors[0]
            self._office.diary.plan(when, lambda: self._office.settle(number, supervisor))

    def _change_mind(self, number: str, clerk: Principal) -> None:
        """A clerk decides, takes it back some minutes later, and decides anew."""
        made = self._office.settle(number, clerk)
        if made is not None and made.state == "routed":
            soon = self._office.services.now() + timedelta(minutes=6)
            self._office.diary.plan(
                soon, lambda: self._office.undo(made, clerk, "Nümunə qeyd: yenidən baxılır.")
            )
            self._office.later(number, 20)

    def _repeat(self, file: File, sample: Sample, of: str) -> None:
        """The same paper comes again, and is closed as a duplicate."""
        number, clerk = self._office.receive(file, sample), self._office.people.clerks[1]
        wanted = DuplicateIn(action="duplicate", of=of, **_UNKNOWN)
        when = self._office.hours.after(self._office.services.now(), 200)
        self._office.diary.plan(when, lambda: self._office.decide(number, clerk, wanted))

    def _mishaps(self, sample: Sample) -> None:
        """A file that cannot be read, twice, and a paper that came while the store was away."""
        office, clerk = self._office, self._office.people.clerks[0]

        def unreadable(*, decided: bool) -> None:
            number = office.receive(damaged(), None)
            if decided:
                when = office.hours.after(office.services.now(), 240)
                wanted = UnreadableIn(action="unreadable", **_UNKNOWN)
                office.diary.plan(when, lambda: office.decide(number, clerk, wanted))

        for share, decided in ((0.4, True), (0.95, False)):
            office.diary.plan(self._span.at(share), partial(unreadable, decided=decided))
        lost = File("mail", "elave.txt", (sample.text + "\n(əlavə)\n").encode())
        office.diary.plan(self._span.at(0.97), lambda: office.receive(lost, sample, lost=True))

    def _a_day(self, opening: datetime) -> None:
        """What every day but the last brings: the timers, and a round of each department."""
        office = self._office
        office.diary.plan(opening, lambda: timers.run(office.services))
        for number, officer in enumerate(office.people.officers.values()):
            when = opening + timedelta(hours=5, minutes=7 * number)
            office.diary.plan(when, partial(office.hand_over, officer))
