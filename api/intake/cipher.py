"""How an original is sealed at rest: a data key for each copy, wrapped by the office's master key.

A sealed file, version 1::

    "DRKN"  version (1 byte: 1)  prefix (7 random bytes)  chunk 0  chunk 1 … last chunk

A chunk is AES-256-GCM over CHUNK bytes of plain text (the last: 0 to CHUNK) and its tag of 16 bytes. Its nonce
is prefix (7) ‖ number of the chunk from 0 (4, big-endian) ‖ 1 for the last chunk, 0 for others (1); its associated
data is the header of 12 bytes. This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-
Encryption and its Nonce-Reuse Misuse-Resistance", CRYPTO 2015): chunks that were changed, cut off, repeated,
reordered or brought from another file do not open.

A wrapped key, version 1, 69 bytes::

    version (1 byte: 1)  id of the data key (8)  nonce (12)  AES-256-GCM(master key, data key) (32 + 16)

with version, id and SHA-256 of the original as associated data: a key put beside another document does not open.
Whoever deletes the wrapped key has shredded the content, in every backup of the store too.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, ClassVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from api.errors import ServiceError

CHUNK = 1 << 20
KEY_BYTES = 32
TAG_BYTES = 16
HEADER_BYTES = 12
_MAGIC = b"DRKN"
_VERSION = b"\x01"
_ID_BYTES = 8
_NONCE_BYTES = 12
_WRAPPED_BYTES = 1 + _ID_BYTES + _NONCE_BYTES + KEY_BYTES + TAG_BYTES


class StoreError(ServiceError):
    """An original cannot be kept or read; the message says what to do."""

    code: ClassVar[str] = "store_error"


class DamagedError(StoreError):
    """What is stored under an address is not what was put there."""

    code = "damaged_original"


class WrongKeyError(StoreError):
    """The master key is missing, malformed, or not the one under which the data key was wrapped."""

    code = "wrong_store_key"


def parse_master_key(text: str) -> bytes:
    """The 32 bytes of a master key from a setting or key file: 64 hexadecimal digits, or base64.

    Raises WrongKeyError, whose message does not repeat the text.
    """
    text = text.strip()
    try:
        key = bytes.fromhex(text) if len(text) == 2 * KEY_BYTES else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise WrongKeyError(
            "The store's master key is not 32 bytes in hexadecimal or base64. Correct the key setting."
        )
    return key


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one stored copy. `id` (8 bytes) is public and names the copy; `secret` (32 bytes) is not."""

    id: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def new(cls) -> DataKey:
        """A random key."""
        return cls(os.urandom(_ID_BYTES), os.urandom(KEY_BYTES))

    def wrap(self, master: bytes, sha256: str) -> bytes:
        """This key under the master key, bound to the original with that hash."""
        nonce = os.urandom(_NONCE_BYTES)
        head = _VERSION + self.id
        return head + nonce + AESGCM(master).encrypt(nonce, self.secret, head + bytes.fromhex(sha256))

    @classmethod
    def unwrap(cls, wrapped: bytes, masters: Sequence[bytes], sha256: str) -> DataKey:
        """The key that `wrap` made, by whichever of the master keys opens it. Raises WrongKeyError."""
        key_id = wrapped_id(wrapped)
        nonce, sealed = wrapped[1 + _ID_BYTES : -KEY_BYTES - TAG_BYTES], wrapped[-KEY_BYTES - TAG_BYTES :]
        for master in masters:
            try:
                return cls(
                    key_id, AESGCM(master).decrypt(nonce, sealed, _VERSION + key_id + bytes.fromhex(sha256))
                )
            except InvalidTag:
                continue
        raise WrongKeyError(f"No master key of the store opens {sha256}. Set the key it was stored under.")


def wrapped_id(wrapped: bytes) -> bytes:
    """The id of the data key inside a wrapped key. Raises WrongKeyError when it is no wrapped key."""
    if len(wrapped) != _WRAPPED_BYTES or wrapped[:1] != _VERSION:
        raise WrongKeyError(
            "A stored key has an unknown version or length. It was written by another release."
        )
    return wrapped[1 : 1 + _ID_BYTES]


def rewrap(wrapped: bytes, sha256: str, old: bytes, new: bytes) -> bytes:
    """The same data key under another master key; the stored copy need not change. Raises WrongKeyError."""
    return DataKey.unwrap(wrapped, [old], sha256).wrap(new, sha256)


class Seal:
    """Seals the chunks of one file in order: `header` first, then each chunk by `chunk`."""

    def __init__(self, secret: bytes) -> None:
        self.header = _MAGIC + _VERSION + os.urandom(HEADER_BYTES - len(_MAGIC) - len(_VERSION))
        self._cipher = AESGCM(secret)
        self._number = 0

    def chunk(self, plain: bytes, *, last: bool) -> bytes:
        """`plain` (CHUNK bytes, fewer only if last) encrypted, with its tag."""
        sealed = self._cipher.encrypt(_nonce(self.header, self._number, last=last), plain, self.header)
        self._number += 1
        return sealed


def unseal(file: BinaryIO, secret: bytes, address: str) -> Iterator[bytes]:
    """The plain chunks of a sealed file; a chunk is given out only after its tag was checked.

    Raises DamagedError, naming the address, at the first chunk that is not the one that was written there.
    """
    header = file.read(HEADER_BYTES)
    if len(header) != HEADER_BYTES or not header.startswith(_MAGIC + _VERSION):
        raise damaged(address)
    cipher = AESGCM(secret)
    sealed = read_exactly(file, CHUNK + TAG_BYTES)
    for number in range(1 << 32):
        following = read_exactly(file, CHUNK + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(header, number, last=not following), sealed, header)
        except InvalidTag:
            raise damaged(address) from None
        if not following:
            return
        sealed = following


def plain_size(sealed: int) -> int:
    """How many bytes of plain text a sealed file of that many bytes holds."""
    body = sealed - HEADER_BYTES
    return body - TAG_BYTES * max(1, -(-body // (CHUNK + TAG_BYTES)))


def damaged(address: str) -> DamagedError:
    """The error that names the address."""
    return DamagedError(f"The stored original {address} is damaged. Restore it from a backup of the store.")


def read_exactly(file: BinaryIO, size: int) -> bytes:
    """`size` bytes, or fewer only at the end of the file, however few a single read gives."""
    parts = bytearray()
    while len(parts) < size and (block := file.read(size - len(parts))):
        parts += block
    return bytes(parts)


def _nonce(header: bytes, number: int, *, last: bool) -> bytes:
    return header[len(_MAGIC) + len(_VERSION) :] + number.to_bytes(4, "big") + (b"\x01" if last else b"\x00")
