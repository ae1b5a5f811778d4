"""What workers ask every few seconds goes by indexes, whatever lies in the tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import create_engine, text

from api.db.session import Database
from api.notifications import repository as notifications
from api.webhooks import repository as webhooks
from tests.api.documents.test_plans import plan

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MANY = 30_000
_FILL = (
    "INSERT INTO users (login, name, role) SELECT 'u' || n, 'U', 'clerk' FROM generate_series(1, 50) n",
    "INSERT INTO webhooks (url, secret, kinds) SELECT 'https://example.org', '', '{decision.made}' "
    "FROM generate_series(1, 5) n",
    "INSERT INTO notifications (user_id, at, kind, facts, read_at, mail_after, mail_attempts, mailed_at) "
    "SELECT n % 50 + 1, :now, 'paper.assigned', '{}', CASE WHEN n % 100 <> 0 THEN :now END, "
    "CASE WHEN n % 500 = 0 THEN :now END, CASE WHEN n % 3 = 0 THEN 1 ELSE 0 END, "
    "CASE WHEN n % 300 <> 0 THEN :now END FROM generate_series(1, :many) n",
    "INSERT INTO deliveries (webhook_id, message, kind, body, state, next_at, ended_at) "
    "SELECT CASE WHEN n % 1000 = 7 THEN 5 ELSE n % 4 + 1 END, 'msg_' || n, 'decision.made', '{}', "
    "CASE WHEN n % 300 = 0 THEN 'waiting' WHEN n % 301 = 0 THEN 'failed' ELSE 'delivered' END, "
    "CASE WHEN n % 300 = 0 THEN :now END, :now FROM generate_series(1, :many) n",
)


@pytest.fixture
def filled(database: Database) -> Database:
    """Many notifications and messages, nearly all of them over and done with."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        # Else VACUUM comes before the commit is on the disk, and cannot mark the pages as visible to all.
        connection.execute(text("SET LOCAL synchronous_commit = on"))
        connection.execute(text("ALTER TABLE webhooks ALTER COLUMN created_by SET DEFAULT 'user:1'"))
        for statement in _FILL:
            connection.execute(text(statement), {"now": NOW, "many": MANY} if ":now" in statement else {})
        connection.execute(text("ALTER TABLE webhooks ALTER COLUMN created_by DROP DEFAULT"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE notifications"))
        connection.execute(text("VACUUM ANALYZE deliveries"))
    engine.dispose()
    return database


def test_what_is_asked_often_goes_by_indexes(filled: Database) -> None:
    asked = {
        "ix_notifications_user_id_id": partial(
            notifications.page, user_id=7, before=None, limit=51, unread=False
        ),
        "ix_notifications_unread": partial(notifications.unread, user_id=7),
        "ix_notifications_mail_after": partial(notifications.mail_is_due, now=NOW),
        "ix_notifications_unmailed": notifications.mail_state,
        "ix_deliveries_due": partial(webhooks.due, now=NOW),
        "ix_deliveries_failed": partial(webhooks.failed_since, webhook_id=2, since=NOW),
        "ix_deliveries_webhook_id_id": partial(
            webhooks.deliveries, webhook_id=5, state=None, before=None, limit=51
        ),
    }
    for index, ask in asked.items():
        told = plan(filled, ask)
        assert index in told, told
        assert "Seq Scan on notifications" not in told
        assert "Seq Scan on deliveries" not in told
    told = plan(filled, partial(webhooks.claim, webhook_id=999, now=NOW, until=NOW + timedelta(minutes=5)))
    assert "ix_deliveries_due" in told, told
