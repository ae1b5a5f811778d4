"""The key for secrets that the database only holds sealed, and what is done with it.

`TRIAGE_HOME/keys/secrets.key` holds 32 random bytes in hexadecimal; it is made at the first start, readable by the
service's user alone. Keys of their own for each purpose are derived from it by HKDF-SHA256 (RFC 5869), so that
one purpose never speaks for another. Whoever has only the database can neither make codes nor guess addresses.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.errors import UnavailableError

FILE = "secrets.key"
KEY_BYTES = 32
NONCE_BYTES = 12


class Secrets:
    """Seals (AES-256-GCM) and makes keyed digests (HMAC-SHA256)."""

    def __init__(self, key: bytes) -> None:
        self._seal = AESGCM(_derive(key, "seal"))
        self._digest = _derive(key, "digest")

    @classmethod
    def open(cls, folder: Path) -> Secrets:
        """Read the key in `folder`, or make it if there is none; safe where two processes start at once.

        Raises UnavailableError where the file holds no key.
        """
        path = folder / FILE
        if not path.exists():
            _make(path)
        try:
            key = bytes.fromhex(path.read_text(encoding="ascii"))
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise UnavailableError("keys/secrets.key holds no key. Put the right file back from a backup.")
        return cls(key)

    def seal(self, data: bytes, context: str) -> bytes:
        """Encrypt; `context` says whose it is, and must be the same to open it. Gives nonce and ciphertext."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._seal.encrypt(nonce, data, context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Decrypt. Raises UnavailableError where it was sealed with another key or for another context."""
        try:
            return self._seal.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as error:
            raise UnavailableError(
                "A stored secret cannot be opened: keys/secrets.key is not the file it was sealed with. "
                "Put the right file back, or reset the second factor of the user."
            ) from error

    def digest(self, text: str) -> str:
        """A keyed hash (32 hexadecimal digits) by which equal texts are recognised and none is read."""
        return hmac.digest(self._digest, text.encode(), hashlib.sha256).hex()[:32]


def _derive(key: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"derkenar {purpose}".encode()).derive(key)


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there: the first of several wins, none is ever half written."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(part)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        part.unlink()
