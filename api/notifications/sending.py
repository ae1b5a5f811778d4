"""Sends the e-mails that are due: claimed by row, sent outside any transaction, settled in another.

A process that dies between sending and settling leaves its claim; when that ends the e-mail goes again, under the
same Message-ID. Where the server cannot be reached nothing is claimed, so that no attempt is lost.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import structlog
from sqlalchemy.orm import Session

from api.db.tables import Notification, User
from api.deps import Services
from api.notifications import mail, repository, service
from api.notifications.recipients import principal_of

_log = structlog.get_logger(__name__)
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""After each failed attempt but the last."""
CLAIM = timedelta(minutes=10)
"""How long an e-mail is one worker's."""
_MOST = 200
_KEPT = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class _Letter:
    """An e-mail that was claimed; no message: nobody is to get it."""

    ids: list[int]
    attempt: int
    message: EmailMessage | None


def send_due(services: Services) -> int:
    """Send what is due, at most some hundred e-mails; returns how many went. Raises UnavailableError."""
    if services.settings.smtp_host is None:
        return 0
    with services.database.transaction() as session:
        if not repository.mail_is_due(session, services.now()):
            return 0
    try:
        server = mail.connect(services.settings)
    except (OSError, ValueError) as error:
        _log.warning("mail_server_unreachable", kind=type(error).__name__)
        return 0
    try:
        return _send_all(services, server)
    finally:
        with suppress(OSError):
            server.quit()


def forget_old(services: Services, session: Session) -> int:
    """Delete notifications of half a year ago, some at a time; returns how many."""
    return repository.delete_old(session, services.now() - _KEPT)


def _send_all(services: Services, server: smtplib.SMTP) -> int:
    sent = 0
    for _ in range(_MOST):
        letter = _claim(services)
        if letter is None:
            break
        if letter.message is None:
            continue
        try:
            server.send_message(letter.message)
        except OSError as error:
            _failed(services, letter, error)
            if isinstance(error, smtplib.SMTPServerDisconnected) or not isinstance(
                error, smtplib.SMTPException
            ):
                break
        else:
            sent += 1
            with services.database.transaction() as session:
                repository.settle(session, letter.ids, mailed_at=services.now(), again=None)
    return sent


def _claim(services: Services) -> _Letter | None:
    now = services.now()
    with services.database.transaction() as session:
        rows = repository.claim(session, now, now + CLAIM)
        if not rows:
            return None
        user = repository.user(session, rows[0].user_id)
        letter = _letter(services, session, user, rows)
        if letter.message is None:
            session.flush()
            repository.settle(session, letter.ids, mailed_at=None, again=None)
    return letter


def _letter(services: Services, session: Session, user: User | None, rows: Sequence[Notification]) -> _Letter:
    """The e-mail to a user, who may have been disabled, or want none, or have lost the right to a paper."""
    ids, attempt = [row.id for row in rows], rows[0].mail_attempts
    if user is None or user.disabled_at is not None or user.mail == "off" or not user.email:
        return _Letter(ids, attempt, None)
    told = service.sentences(services, session, principal_of(user), user.language, rows)
    sentences = [text for _, text in told]
    try:
        made = mail.message(services.settings, user.email, user.language, ids, sentences, services.now())
    except ValueError:
        _log.warning("mail_address_unusable", user=user.id)
        return _Letter(ids, attempt, None)
    return _Letter(ids, attempt, made)


def _failed(services: Services, letter: _Letter, error: OSError) -> None:
    """Settle for another attempt, or for none."""
    code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    final = letter.attempt >= repository.MAIL_TRIES
    again = None if final else services.now() + PAUSES[letter.attempt - 1]
    _log.warning("mail_failed", kind=type(error).__name__, code=code, attempt=letter.attempt, final=final)
    with services.database.transaction() as session:
        repository.settle(session, letter.ids, mailed_at=None, again=again)
