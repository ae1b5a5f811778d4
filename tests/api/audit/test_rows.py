"""Digests of rows: the same when the row comes back from the database, another after any change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from api.audit.rows import recorded, row_digest, values_digest
from api.db.session import Database
from api.db.tables import Decision, Suggestion, Switch
from tests.api.audit.conftest import Office


def test_a_row_has_the_same_digest_when_it_is_read_again(database: Database) -> None:
    with database.transaction() as session:
        numbers = {
            "a": [0.1 + 0.2, 1e-7, -1.5e-300, 1.0, -0.0, 2**53 - 1, 123456789.25],
            "b": None,
            "ə": "😀",
        }
        switch = Switch(scope="all", value="", on=False, actor="user:1", reason="ə")
        session.add(switch)
        session.flush()
        digest = row_digest(switch)
        assert recorded(switch) == {"table": "switches", "row": switch.id, "sha256": digest}
    with database.transaction() as session:
        assert row_digest(session.scalars(select(Switch)).one()) == digest
    assert values_digest("t", {"facts": numbers}) != values_digest("t", {"facts": {**numbers, "a": []}})


def test_json_with_fractions_comes_back_with_the_same_digest(triaged: Office) -> None:
    report = triaged.verify()
    assert (report.verdict, report.rows) == ("whole", {"suggestions": 1, "decisions": 1, "switches": 1})


def test_a_row_without_an_id_cannot_be_recorded_yet() -> None:
    with pytest.raises(ValueError, match="flushed"):
        recorded(Decision(kind="policy"))


@given(
    st.dictionaries(
        st.sampled_from([c.key for c in Suggestion.__table__.columns]), st.text(max_size=3) | st.none()
    )
)
def test_columns_that_are_null_do_not_count(values: dict[str, str | None]) -> None:
    given_values = {name: value for name, value in values.items() if value is not None}
    assert values_digest("suggestions", values) == values_digest("suggestions", given_values)
    assert values_digest("suggestions", values) != values_digest("decisions", values)
