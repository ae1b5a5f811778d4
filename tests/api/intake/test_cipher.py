"""Sealed files and wrapped keys: what was changed does not open."""

from __future__ import annotations

import base64
import hashlib
import io
import os
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.intake.cipher import (
    CHUNK,
    HEADER_BYTES,
    TAG_BYTES,
    DamagedError,
    DataKey,
    Seal,
    WrongKeyError,
    parse_master_key,
    plain_size,
    rewrap,
    unseal,
)

SEALED_CHUNK = CHUNK + TAG_BYTES
ADDRESS = hashlib.sha256(b"paper").hexdigest()
OTHER = hashlib.sha256(b"another").hexdigest()
PLAIN = os.urandom(3 * CHUNK)


def sealed(plain: bytes, secret: bytes) -> bytes:
    seal = Seal(secret)
    ends = range(0, max(len(plain), 1), CHUNK)
    return seal.header + b"".join(
        seal.chunk(plain[k : k + CHUNK], last=k + CHUNK >= len(plain)) for k in ends
    )


def unsealed(file: bytes, secret: bytes) -> bytes:
    return b"".join(unseal(io.BytesIO(file), secret, ADDRESS))


def chunk(file: bytes, number: int) -> bytes:
    start = HEADER_BYTES + number * SEALED_CHUNK
    return file[start : start + SEALED_CHUNK]


def flipped(file: bytes, at: int) -> bytes:
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_sealed_file_opens_to_the_same_bytes(size: int) -> None:
    secret = DataKey.new().secret
    file = sealed(PLAIN[:size], secret)
    assert unsealed(file, secret) == PLAIN[:size]
    assert plain_size(len(file)) == size


@pytest.mark.parametrize(
    "tamper",
    [
        pytest.param(lambda file: b"", id="emptied"),
        pytest.param(lambda file: file[:5], id="cut in the header"),
        pytest.param(lambda file: file[:HEADER_BYTES], id="header alone"),
        pytest.param(lambda file: file[: HEADER_BYTES + 7], id="cut in the first tag"),
        pytest.param(lambda file: file[: HEADER_BYTES + SEALED_CHUNK], id="cut after the first chunk"),
        pytest.param(lambda file: file[: HEADER_BYTES + 2 * SEALED_CHUNK], id="cut before the last chunk"),
        pytest.param(lambda file: file[:-1], id="last byte gone"),
        pytest.param(lambda file: file + b"\0", id="a byte more"),
        pytest.param(lambda file: file + chunk(file, 2), id="last chunk twice"),
        pytest.param(
            lambda file: file[:HEADER_BYTES] + chunk(file, 1) + chunk(file, 0) + chunk(file, 2), id="swapped"
        ),
        pytest.param(
            lambda file: file[:HEADER_BYTES] + chunk(file, 1) + chunk(file, 2), id="first chunk gone"
        ),
        pytest.param(lambda file: file[:HEADER_BYTES] + chunk(file, 2), id="last chunk alone"),
        pytest.param(lambda file: flipped(file, 0), id="magic"),
        pytest.param(lambda file: flipped(file, 4), id="version"),
        pytest.param(lambda file: flipped(file, HEADER_BYTES - 1), id="prefix"),
        pytest.param(lambda file: flipped(file, HEADER_BYTES), id="first byte of the text"),
        pytest.param(
            lambda file: flipped(file, HEADER_BYTES + SEALED_CHUNK + 99), id="bit in the second chunk"
        ),
        pytest.param(lambda file: flipped(file, len(file) - 1), id="last tag"),
    ],
)
def test_tampered_file_is_damaged_and_names_its_address(tamper: Callable[[bytes], bytes]) -> None:
    secret = DataKey.new().secret
    with pytest.raises(DamagedError, match=ADDRESS):
        unsealed(tamper(sealed(PLAIN, secret)), secret)


def test_chunk_of_another_file_under_the_same_key_does_not_open() -> None:
    secret = DataKey.new().secret
    one, two = sealed(PLAIN, secret), sealed(PLAIN, secret)
    mixed = one[:HEADER_BYTES] + chunk(one, 0) + chunk(two, 1) + chunk(one, 2)
    with pytest.raises(DamagedError):
        unsealed(mixed, secret)


def test_chunks_before_the_damage_are_given_out_checked() -> None:
    secret = DataKey.new().secret
    file = flipped(sealed(PLAIN, secret), HEADER_BYTES + SEALED_CHUNK)
    chunks = unseal(io.BytesIO(file), secret, ADDRESS)
    assert next(chunks) == PLAIN[:CHUNK]
    with pytest.raises(DamagedError):
        next(chunks)


def test_same_bytes_sealed_twice_look_different() -> None:
    secret = DataKey.new().secret
    assert sealed(b"paper", secret) != sealed(b"paper", secret)


def test_wrapped_key_opens_with_the_master_key_it_was_wrapped_by() -> None:
    key, old, new = DataKey.new(), os.urandom(32), os.urandom(32)
    wrapped = key.wrap(old, ADDRESS)
    assert DataKey.unwrap(wrapped, [old], ADDRESS) == key
    assert DataKey.unwrap(wrapped, [new, old], ADDRESS) == key
    assert key.secret not in wrapped


def test_rewrapped_key_opens_with_the_new_master_key_only() -> None:
    key, old, new = DataKey.new(), os.urandom(32), os.urandom(32)
    rewrapped = rewrap(key.wrap(old, ADDRESS), ADDRESS, old, new)
    assert DataKey.unwrap(rewrapped, [new], ADDRESS) == key
    with pytest.raises(WrongKeyError):
        DataKey.unwrap(rewrapped, [old], ADDRESS)


def test_wrong_master_key_or_none_is_named_as_such() -> None:
    wrapped = DataKey.new().wrap(os.urandom(32), ADDRESS)
    for masters in ([], [os.urandom(32)]):
        with pytest.raises(WrongKeyError, match=ADDRESS):
            DataKey.unwrap(wrapped, masters, ADDRESS)


def test_key_of_another_document_does_not_open() -> None:
    master = os.urandom(32)
    with pytest.raises(WrongKeyError):
        DataKey.unwrap(DataKey.new().wrap(master, OTHER), [master], ADDRESS)


@given(st.integers(0, 68), st.integers(0, 7))
def test_any_flipped_bit_of_a_wrapped_key_is_refused(at: int, bit: int) -> None:
    master = bytes(32)
    wrapped = bytearray(DataKey.new().wrap(master, ADDRESS))
    wrapped[at] ^= 1 << bit
    with pytest.raises(WrongKeyError):
        DataKey.unwrap(bytes(wrapped), [master], ADDRESS)


@given(st.binary(max_size=100))
def test_bytes_that_are_no_wrapped_key_are_refused(wrapped: bytes) -> None:
    with pytest.raises(WrongKeyError):
        DataKey.unwrap(wrapped, [bytes(32)], ADDRESS)


def test_secret_is_not_shown() -> None:
    key = DataKey.new()
    assert key.secret.hex() not in repr(key)
    assert repr(key.secret) not in repr(key)


def test_master_key_is_read_as_hexadecimal_or_base64() -> None:
    key = os.urandom(32)
    assert parse_master_key(key.hex()) == key
    assert parse_master_key(f"  {base64.b64encode(key).decode()}\n") == key


@pytest.mark.parametrize(
    "text", ["", "secret", "0" * 63, "g" * 64, base64.b64encode(bytes(31)).decode(), "ə" * 44]
)
def test_malformed_master_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(WrongKeyError) as caught:
        parse_master_key(text)
    assert not text or text not in str(caught.value)
