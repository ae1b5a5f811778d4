"""The Ed25519 key that signs checkpoints. It lies outside the database, so that whoever owns that cannot sign.

    keys/audit.ed25519            the private key, PKCS #8 in PEM, mode 0600
    keys/audit.ed25519.pub        its public key, SubjectPublicKeyInfo in PEM, for auditors
    keys/audit.ed25519.<id>.pub   public keys of earlier ones, so that what they signed can still be checked

To change the key, delete the private one: the next start makes another and keeps the old public key.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from api.errors import ServiceError

NAME = "audit.ed25519"

PublicKeys = Mapping[str, Ed25519PublicKey]
"""Public keys by their ids."""


class AuditKeyError(ServiceError):
    """The key of the audit chain cannot be used; the message says which file is wrong."""

    code: ClassVar[str] = "audit_key"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and its id."""

    id: str
    private: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes (RFC 8032)."""
        return self.private.sign(message)


def load_key(folder: Path) -> SigningKey:
    """The key in `folder`, made if there is none; two processes that come at once get the same.

    Raises AuditKeyError if the file is not an Ed25519 key; OSError if the folder cannot be read or written.
    """
    path = folder / NAME
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _create(path, pem, 0o600)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise AuditKeyError(f"{path} is not a private key in PEM without a password.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise AuditKeyError(f"{path} is not an Ed25519 key.")
    key = SigningKey(key_id(private.public_key()), private)
    _publish(folder, key)
    return key


def public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The public keys in `folder`, the present one last, by their ids. Raises AuditKeyError on a damaged file."""
    present = folder / f"{NAME}.pub"
    former = [path for path in folder.glob(f"{NAME}.*.pub") if path != present]
    keys = [read_public_key(path) for path in (*sorted(former), present) if path.exists()]
    return {key_id(key): key for key in keys}


def read_public_key(path: Path) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises AuditKeyError if there is none in it."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise AuditKeyError(f"{path} is not a public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise AuditKeyError(f"{path} is not an Ed25519 key.")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the key's 32 bytes."""
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def _publish(folder: Path, key: SigningKey) -> None:
    path = folder / f"{NAME}.pub"
    if path.exists() and (former := key_id(read_public_key(path))) != key.id:
        path.replace(folder / f"{NAME}.{former}.pub")
    if not path.exists():
        _create(path, public_pem(key.private.public_key()), 0o644)


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that appears whole or not at all, and never takes the place of one that is there."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            stream.write(content)
            stream.flush()
            os.fsync(descriptor)
        try:
            os.link(fresh, path)  # refuses, in one step, if another was faster
        except FileExistsError:
            return
        _sync(path.parent)
    finally:
        fresh.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
