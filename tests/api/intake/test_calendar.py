"""Working days of Azerbaijan, and the legal clock of a paper."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intake import calendar
from api.intake.calendar import (
    FIRST_YEAR,
    LAST_YEAR,
    Calendar,
    CalendarError,
    Clock,
    Limit,
    Status,
    TimeLimits,
    baku_date,
)
from triage.taxonomy import Taxonomy

CALENDAR = Calendar()
LIMITS = TimeLimits.load()
days = st.dates(date(2022, 1, 1), date(2029, 12, 31))

# Weekdays off in 2026 by the production calendar of the Ministry of Labour and Social Protection (11 December 2025,
# on Cabinet decision 362 of 2 December 2025).
OFF_2026 = {
    *((1, day) for day in (1, 2, 20)),
    *((3, day) for day in (9, 20, 23, 24, 25, 26, 27, 30)),
    *((5, day) for day in (11, 27, 28, 29)),
    *((6, day) for day in (15, 26)),
    *((11, day) for day in (9, 10)),
    (12, 31),
}


def clock(document_type: str | None, received: date, *, study: bool = False) -> Clock:
    return Clock.start(document_type, received, study=study, limits=LIMITS, calendar=CALENDAR)


def test_weekdays_off_in_2026_are_those_of_the_ministry() -> None:
    year = [date(2026, 1, 1) + timedelta(days=k) for k in range(365)]
    off = {(day.month, day.day) for day in year if day.weekday() < 5 and not CALENDAR.is_working(day)}
    assert off == OFF_2026
    assert not any(CALENDAR.is_working(day) for day in year if day.weekday() >= 5)


@pytest.mark.parametrize(
    ("day", "working", "why"),
    [
        ("2024-02-07", False, "presidential election, Labour Code 105-1"),
        ("2024-04-06", True, "Saturday worked for 12 April"),
        ("2024-04-12", False, "exchanged with 6 April"),
        ("2024-11-11", False, "Flag Day on a Saturday moves the day off"),
        ("2024-11-16", True, "Saturday worked for 12 November"),
        ("2024-12-29", True, "Sunday worked for 3 January of the next year"),
        ("2025-01-03", False, "exchanged with 29 December of the year before"),
        ("2025-03-10", True, "day off for Women's Day, exchanged with 27 March"),
        ("2025-03-27", False, "exchanged with 10 March"),
        ("2025-06-09", False, "Qurban's second day on a Saturday"),
        ("2026-03-30", False, "Ramazan met Novruz, part 6"),
        ("2026-11-12", True, "Constitution Day is worked"),
        ("2027-01-04", False, "2 January on a Saturday"),
        ("2027-03-25", False, "Novruz on a weekend"),
        ("2029-01-03", False, "31 December of the year before, a Sunday, moves the day off past New Year"),
    ],
)
def test_day_is_worked_or_not(day: str, working: bool, why: str) -> None:
    assert CALENDAR.is_working(date.fromisoformat(day)) is working, why


def test_decrees_entered_as_data_correct_the_library(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(
        '[days_off]\n2027-03-12 = "decree"\n[working_days]\n2027-03-13 = "decree"\n', encoding="utf-8"
    )
    corrected = Calendar.load(path)
    assert not corrected.is_working(date(2027, 3, 12))
    assert corrected.is_working(date(2027, 3, 13))
    assert corrected.add_working_days(date(2027, 3, 11), 1) == date(2027, 3, 13)
    assert Calendar.load(None).is_working(date(2027, 3, 12))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[days_off]\n2027-02-30 = "x"', "days_off"),
        ("days_off = 3", "days_off"),
        ('[dayz_off]\n2027-03-12 = "x"', "dayz_off"),
        ('[days_off]\n2027-03-12 = "x"\n[working_days]\n2027-03-12 = "x"', "2027-03-12"),
        ("not toml", "TOML"),
    ],
)
def test_calendar_file_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CalendarError, match=message):
        Calendar.load(path)


def test_missing_calendar_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CalendarError, match=r"calendar\.toml"):
        Calendar.load(tmp_path / "calendar.toml")


@given(days, st.integers(1, 40))
def test_added_working_days_are_counted_back(day: date, n: int) -> None:
    end = CALENDAR.add_working_days(day, n)
    assert CALENDAR.is_working(end)
    assert CALENDAR.working_days_between(day, end) == n
    assert CALENDAR.working_days_between(end, day) == -n


@given(days, st.integers(1, 40))
def test_subtracting_undoes_adding_from_a_working_day(day: date, n: int) -> None:
    day = CALENDAR.next_working(day)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(day, n), -n) == day


@given(days, days, days)
def test_working_days_add_up_over_a_day_between(a: date, b: date, c: date) -> None:
    a, b, c = sorted((a, b, c))
    between = CALENDAR.working_days_between
    assert between(a, b) + between(b, c) == between(a, c)


@pytest.mark.parametrize(
    ("document_type", "study", "answer_by", "forward_by", "warn_from"),
    [
        ("complaint", False, "2026-04-16", "2026-04-02", "2026-04-13"),
        ("complaint", True, "2026-05-07", "2026-04-02", "2026-05-04"),
        (None, False, "2026-04-16", "2026-04-02", "2026-04-13"),
        ("a type the office added", False, "2026-04-16", "2026-04-02", "2026-04-13"),
        ("information_request", False, "2026-04-06", "2026-04-02", "2026-04-01"),
        ("crime_report", False, "2026-03-31", "2026-03-31", "2026-03-17"),
        ("crime_report", True, "2026-03-31", "2026-03-31", "2026-03-17"),
    ],
)
def test_clock_of_a_paper_received_before_novruz(
    document_type: str | None, study: bool, answer_by: str, forward_by: str, warn_from: str
) -> None:
    got = clock(document_type, date(2026, 3, 17), study=study)
    assert got == Clock(*map(date.fromisoformat, (answer_by, forward_by, warn_from)))


@pytest.mark.parametrize("document_type", ["court_decision", "expert_opinion", "motion", "official_letter"])
def test_case_documents_have_no_clock(document_type: str) -> None:
    got = clock(document_type, date(2026, 3, 17))
    assert got == Clock(None, None, None)
    assert got.status(date(2030, 1, 1)) == "none"


@pytest.mark.parametrize(
    ("today", "status"),
    [
        ("2026-03-17", "running"),
        ("2026-04-12", "running"),
        ("2026-04-13", "warning"),
        ("2026-04-15", "warning"),
        ("2026-04-16", "due"),
        ("2026-04-17", "overdue"),
    ],
)
def test_clock_warns_three_working_days_before_the_limit(today: str, status: Status) -> None:
    assert clock("complaint", date(2026, 3, 17)).status(date.fromisoformat(today)) == status


def test_day_of_receipt_is_not_counted_whatever_day_it_is() -> None:
    friday, saturday, sunday = (clock("complaint", date(2026, 7, day)) for day in (3, 4, 5))
    assert friday == saturday == sunday
    assert friday.forward_by == date(2026, 7, 10)


def test_calendar_limit_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    limit = Limit(answer=3, study=10, forward=3, count="calendar")
    assert limit.end(date(2026, 7, 6), 3, CALENDAR) == date(2026, 7, 9)
    assert limit.end(date(2026, 7, 8), 3, CALENDAR) == date(2026, 7, 13)


@given(days, st.sampled_from([None, "complaint", "information_request", "crime_report"]), st.booleans())
def test_clock_ends_on_a_working_day_after_its_warning(
    received: date, document_type: str | None, study: bool
) -> None:
    got = clock(document_type, received, study=study)
    assert got.answer_by is not None
    assert got.forward_by is not None
    assert got.warn_from is not None
    assert received < got.forward_by <= got.answer_by
    assert got.warn_from < got.answer_by
    assert CALENDAR.is_working(got.answer_by)
    assert CALENDAR.is_working(got.forward_by)
    assert Clock.resume(got.answer_by, got.forward_by, limits=LIMITS, calendar=CALENDAR) == got


@given(st.dates(), st.sampled_from(["complaint", "crime_report"]))
def test_any_date_gives_a_clock_or_a_clear_refusal(received: date, document_type: str) -> None:
    if FIRST_YEAR < received.year < LAST_YEAR:
        got = clock(document_type, received)
        assert got.answer_by is not None
        assert received < got.answer_by
    elif not FIRST_YEAR <= received.year <= LAST_YEAR:
        with pytest.raises(CalendarError, match="Correct the date"):
            clock(document_type, received)


def test_types_in_the_data_are_types_of_the_taxonomy(taxonomy: Taxonomy) -> None:
    assert set(LIMITS.types) <= set(taxonomy.document_types)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("answer = 15", "answer = 0", "0 is not"),
        ("answer = 15", "answer = true", "True is not"),
        ("answer = 15", "anser = 15", "anser"),
        ('count = "calendar"', 'count = "lunar"', "lunar"),
        ("warn_before = 3", "", "warn_before"),
        ('"motion"', '"crime_report"', "crime_report"),
        ("[types.crime_report]", "[types]\ncrime_report = 3\n[other]", "See the file"),
    ],
)
def test_time_limits_with_a_mistake_are_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    shipped = Path(calendar.__file__).with_name("time_limits.toml").read_text(encoding="utf-8")
    path = tmp_path / "time_limits.toml"
    path.write_text(shipped.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CalendarError, match=message):
        TimeLimits.load(path)


def test_date_of_receipt_is_the_date_in_baku() -> None:
    assert baku_date(datetime(2026, 3, 2, 19, 59, tzinfo=UTC)) == date(2026, 3, 2)
    assert baku_date(datetime(2026, 3, 2, 20, 0, tzinfo=UTC)) == date(2026, 3, 3)
    with pytest.raises(CalendarError, match="time zone"):
        baku_date(datetime(2026, 3, 2, 20, 0))
