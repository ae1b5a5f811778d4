"""E-mails of notifications: when, what, and by which server. No name, no text of a paper, no attachment."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from api.intake.calendar import BAKU, Calendar
from api.notifications import kinds
from api.settings import Settings

_DIGEST = time(9)
_SECONDS = 20.0


def next_digest(calendar: Calendar, now: datetime) -> datetime:
    """Nine o'clock in Baku of the next working day on which that is still to come."""
    local = now.astimezone(BAKU)
    day = local.date() if local.time() < _DIGEST else local.date() + timedelta(days=1)
    return datetime.combine(calendar.next_working(day), _DIGEST, BAKU)


def address_of(text: str) -> Address:
    """An address as it may stand in a header. Raises ValueError on anything else."""
    try:
        address = Address(addr_spec=text)
    except Exception as error:  # the parser of the standard library raises of all kinds on hostile text
        raise ValueError("not an e-mail address") from error
    if not address.username or not address.domain or any(not c.isprintable() or c.isspace() for c in text):
        raise ValueError("not an e-mail address")
    return address


def message(
    settings: Settings, to: str, language: str, ids: Sequence[int], sentences: Sequence[str], now: datetime
) -> EmailMessage:
    """One e-mail with these sentences. The same notifications give the same Message-ID, whenever it is sent.

    Raises ValueError where `to` is no address.
    """
    words = kinds.load()
    sender = address_of(settings.mail_from)
    made = EmailMessage()
    made["From"] = Address("Dərkənar", sender.username, sender.domain)
    made["To"] = address_of(to)
    made["Subject"] = words.word("subject", language, count=len(sentences))
    made["Date"] = format_datetime(now)
    digest = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:32]
    made["Message-ID"] = f"<{ids[0]}.{digest}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"
    lines = [*(f"- {sentence}" for sentence in sentences), ""]
    made.set_content("\n".join([*lines, words.word("closing", language, url=settings.public_url), ""]))
    return made


def connect(settings: Settings) -> smtplib.SMTP:
    """A connection to the configured server, encrypted and signed in as the settings say.

    Raises OSError (SMTPException is one) where it cannot be had.
    """
    host, port = settings.smtp_host or "", settings.smtp_port
    name = address_of(settings.mail_from).domain
    context = ssl.create_default_context()
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, name, timeout=_SECONDS)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_user is not None:
            password = settings.smtp_password
            server.login(settings.smtp_user, password.get_secret_value() if password else "")
    except BaseException:
        server.close()
        raise
    return server
