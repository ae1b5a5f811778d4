"""Signatures of the Standard Webhooks specification (standardwebhooks.com, 1.0.0), symmetric: HMAC-SHA256.

`webhook-signature` is `v1,` and the base64 of the HMAC of `{webhook-id}.{webhook-timestamp}.{body}`; several are
separated by spaces. Secrets are shown as `whsec_` and the base64 of 24 to 64 bytes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.auth.sealing import Secrets

PREFIX = "whsec_"
OVERLAP = timedelta(hours=24)
"""So long after a rotation messages are signed by the former secret, too."""
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret of a webhook, and the former one until it counts no more."""

    secret: bytes
    former: bytes | None = None
    until: datetime | None = None

    @classmethod
    def make(cls) -> Keys:
        """A new secret."""
        return cls(secrets.token_bytes(_BYTES))

    @classmethod
    def unseal(cls, sealer: Secrets, sealed: bytes, webhook_id: int) -> Keys:
        """From the database's column. Raises UnavailableError where it was sealed by another key."""
        kept = json.loads(sealer.unseal(sealed, _context(webhook_id)))
        if kept["former"] is None:
            return cls(bytes.fromhex(kept["secret"]))
        until = datetime.fromisoformat(kept["until"])
        return cls(bytes.fromhex(kept["secret"]), bytes.fromhex(kept["former"]), until)

    def seal(self, sealer: Secrets, webhook_id: int) -> bytes:
        """For the database's column."""
        kept = {
            "secret": self.secret.hex(),
            "former": self.former.hex() if self.former else None,
            "until": self.until.isoformat() if self.until else None,
        }
        return sealer.seal(json.dumps(kept).encode(), _context(webhook_id))

    def rotate(self, now: datetime) -> Keys:
        """A new secret; this one goes on to count for a while."""
        return Keys(secrets.token_bytes(_BYTES), self.secret, now + OVERLAP)

    @property
    def shown(self) -> str:
        """The secret in the form that libraries take."""
        return PREFIX + base64.b64encode(self.secret).decode()

    def headers(self, message: str, now: datetime, body: bytes) -> dict[str, str]:
        """The three headers of an attempt at this moment."""
        stamp = str(int(now.timestamp()))
        counting = [self.secret]
        if self.former is not None and self.until is not None and now < self.until:
            counting.append(self.former)
        return {
            "webhook-id": message,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(signature(key, message, stamp, body) for key in counting),
        }


def signature(secret: bytes, message: str, stamp: str, body: bytes) -> str:
    """One signature."""
    digest = hmac.digest(secret, f"{message}.{stamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def _context(webhook_id: int) -> str:
    return f"webhook:{webhook_id}"
